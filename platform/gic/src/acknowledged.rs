//! An interrupt between acknowledge and deactivate.
//!
//! It cannot be copied: what was acknowledged once is deactivated once. A GICv2 wants the very value back that its acknowledge
//! register gave, sender of an SGI included (IHI 0048B, 4.4.5), so that value is kept beside the number.

use arm_gic::IntId;

/// First number that means "none" or is otherwise no interrupt (IHI 0069H, 2.2.1: 1020 to 1023).
const FIRST_SPECIAL: u32 = 1020;
/// Bits 9:0 of GICC_IAR; the sender of an SGI stands above them.
const V2_NUMBER: u32 = 0x3ff;

/// An acknowledged interrupt. Until it is given to [`CpuInterface::deactivate`](crate::CpuInterface::deactivate) its line is
/// active and will not interrupt again, on any core.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an interrupt that is never deactivated never comes again"]
pub struct Acknowledged {
    raw: u32,
    int_id: IntId,
}

impl Acknowledged {
    /// What GICC_IAR gave; `None` when that was no interrupt.
    #[inline]
    pub(crate) fn from_v2(raw: u32) -> Option<Self> {
        let number = raw & V2_NUMBER;
        if number >= FIRST_SPECIAL {
            return None;
        }
        IntId::try_from(number).ok().map(|int_id| Self { raw, int_id })
    }

    /// What ICC_IAR1_EL1 gave; `None` when that was no interrupt.
    #[inline]
    pub(crate) fn from_v3(int_id: IntId) -> Option<Self> {
        let raw = int_id.raw_value();
        if (FIRST_SPECIAL..=V2_NUMBER).contains(&raw) { None } else { Some(Self { raw, int_id }) }
    }

    /// Which interrupt it is.
    #[inline]
    #[must_use]
    pub const fn int_id(&self) -> IntId {
        self.int_id
    }

    /// The value that the end-of-interrupt and deactivate registers want.
    #[inline]
    pub(crate) const fn raw(&self) -> u32 {
        self.raw
    }
}

#[cfg(test)]
mod tests {
    use super::Acknowledged;
    use arm_gic::IntId;

    #[test]
    fn an_sgi_of_another_core_is_recognised_and_its_sender_kept() {
        let acknowledged = Acknowledged::from_v2(0x401).expect("SGI 1 of interface 1");
        assert_eq!(acknowledged.int_id(), IntId::sgi(1));
        assert_eq!(acknowledged.raw(), 0x401);
    }

    #[test]
    fn special_numbers_are_no_interrupt() {
        for special in 1020..1024 {
            assert_eq!(Acknowledged::from_v2(special), None);
            let int_id = IntId::try_from(special).expect("special numbers are numbers");
            assert_eq!(Acknowledged::from_v3(int_id), None);
        }
        assert!(Acknowledged::from_v2(1019).is_some());
    }
}

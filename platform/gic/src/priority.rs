//! Interrupt priorities that mean the same on every GIC.
//!
//! A GICv2 seen from its non-secure side keeps four bits at least (IHI 0048B, 3.3 and 3.5), so there are sixteen levels here.
//! The lowest of them is what the CPU interfaces mask with, hence never signalled.

/// How urgent an interrupt is; the lower the number, the more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(u8);

impl Priority {
    /// Above everything else.
    pub const URGENT: Self = Self(0x40);
    /// What every interrupt starts with.
    pub const NORMAL: Self = Self(0x80);
    /// Below everything else.
    pub const LAZY: Self = Self(0xc0);
    /// The priority mask: an interrupt must be more urgent to be signalled.
    pub(crate) const MASK: Self = Self(0xf0);

    /// The priority at `level` of 0 (most urgent) to 14; levels above are the 14th.
    #[must_use]
    pub const fn at_level(level: u8) -> Self {
        Self(if level > 14 { 0xe0 } else { level << 4 })
    }

    /// As the registers hold it.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Priority;

    #[test]
    fn every_level_can_be_signalled() {
        for level in 0..=u8::MAX {
            let priority = Priority::at_level(level);
            assert!(priority < Priority::MASK);
            assert_eq!(priority.bits() & 0x0f, 0);
        }
        assert!(Priority::URGENT < Priority::NORMAL && Priority::NORMAL < Priority::LAZY);
    }
}

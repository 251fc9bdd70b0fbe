//! Rule: how the caller's registers are found again, at one instruction.

/// How many registers a function keeps for its caller: x19 to x30, the last being its return address (AAPCS64 6.1.1).
pub const SAVED: usize = 12;

/// What a rule takes for its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// The stack pointer.
    Sp,
    /// x29.
    FramePointer,
    /// x9, in which a function keeps the end of its frame while it tries page after page of it. Not kept for any caller.
    Scratch,
}

/// How the caller's registers are found again, at one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// From where to count.
    pub base: Base,
    /// How far above that the frame ends, in bytes; a multiple of 8. There the caller's stack pointer was.
    pub size: u32,
    /// How far below the frame's end x19 to x30 were saved, in bytes; 0 for what is still in its register.
    pub saved: [u16; SAVED],
}

/// Unit in which sizes and places are kept.
const UNIT: u32 = 8;

impl Rule {
    /// Length of an encoded rule.
    pub(crate) const BYTES: usize = 16;
    /// A function that has changed nothing yet.
    pub const NOTHING: Self = Self { base: Base::Sp, size: 0, saved: [0; SAVED] };

    /// Whether the return address was saved. Only the innermost function can be without, and then it has not called anything.
    pub fn saves_link(&self) -> bool {
        self.saved[SAVED - 1] != 0
    }

    /// Two bytes of size, one of base, one that is zero, one each for where a register was saved; none if that does not fit.
    pub(crate) fn encode(&self) -> Option<[u8; Self::BYTES]> {
        let mut bytes = [0; Self::BYTES];
        let size = u16::try_from(self.size / UNIT).ok().filter(|_| self.size.is_multiple_of(UNIT))?;
        bytes[..2].copy_from_slice(&size.to_le_bytes());
        bytes[2] = self.base as u8;
        for (byte, place) in bytes[4..].iter_mut().zip(self.saved) {
            let place = u32::from(place);
            *byte = u8::try_from(place / UNIT).ok().filter(|_| place.is_multiple_of(UNIT))?;
        }
        Some(bytes)
    }

    #[inline]
    pub(crate) fn decode(bytes: &[u8; Self::BYTES]) -> Self {
        let base = match bytes[2] {
            0 => Base::Sp,
            1 => Base::FramePointer,
            _ => Base::Scratch,
        };
        let size = u32::from(u16::from_le_bytes([bytes[0], bytes[1]])) * UNIT;
        let mut saved = [0; SAVED];
        for (place, byte) in saved.iter_mut().zip(&bytes[4..]) {
            *place = u16::from(*byte) * UNIT as u16;
        }
        Self { base, size, saved }
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, Rule, SAVED};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(size in 0_u32..0x1_0000, base in 0_usize..3, saved: [u8; SAVED]) {
            let base = [Base::Sp, Base::FramePointer, Base::Scratch][base];
            let rule = Rule { base, size: size * 8, saved: saved.map(|place| u16::from(place) * 8) };
            prop_assert_eq!(Rule::decode(&rule.encode().expect("fits")), rule);
        }
    }

    #[test]
    fn what_does_not_fit_is_not_encoded() {
        assert_eq!(Rule { size: 12, ..Rule::NOTHING }.encode(), None);
        assert_eq!(Rule { size: 0x8_0000, ..Rule::NOTHING }.encode(), None);
        assert_eq!(Rule { saved: [4096; SAVED], ..Rule::NOTHING }.encode(), None);
    }
}

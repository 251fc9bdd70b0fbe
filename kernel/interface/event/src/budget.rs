//! Budget: how long a handler may take.

use core::fmt;
use core::num::NonZeroU32;

use spindle_sync::this_core;

const MICROSECONDS_PER_SECOND: u64 = 1_000_000;

/// A handler's time for one raise, in microseconds of its own: what interrupts it is not charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget(NonZeroU32);

impl Budget {
    /// So many microseconds; at least one.
    pub const fn microseconds(count: u32) -> Self {
        match NonZeroU32::new(count) {
            Some(count) => Self(count),
            None => Self(NonZeroU32::MIN),
        }
    }

    /// In microseconds.
    pub const fn as_microseconds(self) -> u32 {
        self.0.get()
    }

    /// In ticks of the machine's counter, rounded up.
    pub(crate) fn ticks(self) -> u64 {
        let ticks = u64::from(self.0.get()).saturating_mul(this_core::ticks_per_second());
        ticks.div_ceil(MICROSECONDS_PER_SECOND)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} us", self.0)
    }
}

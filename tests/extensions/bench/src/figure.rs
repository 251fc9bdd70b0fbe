//! A counted figure: instructions for one operation, in hundredths, with its spread.

use core::fmt;
use core::hint::black_box;

use spindle_measure::count;

/// Operations counted in one go, unless said otherwise: few enough that no other core gets its turn in between under `-icount`.
const BATCH: u64 = 200;
const RUNS: usize = 5;

/// Hundredths of an instruction, and how far the runs lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    value: i64,
    spread: i64,
}

impl Figure {
    /// What one call of `operation` costs, loop and reading of the counter taken out.
    pub(crate) fn of(operation: impl FnMut()) -> Self {
        Self::of_batches(BATCH, operation)
    }

    /// The same with `size` operations counted in one go, for an operation that uses something up.
    pub(crate) fn of_batches(size: u64, mut operation: impl FnMut()) -> Self {
        operation();
        let mut least = i64::MAX;
        let mut most = i64::MIN;
        for _ in 0..RUNS {
            let full = batch(size, &mut operation);
            let empty = batch(size, &mut || ());
            let value = (full as i64 - empty as i64) * 100 / size as i64;
            least = least.min(value);
            most = most.max(value);
        }
        Self { value: least, spread: most - least }
    }

    /// This figure over `other`, spreads added.
    pub(crate) fn over(self, other: Self) -> Self {
        Self { value: self.value - other.value, spread: self.spread + other.spread }
    }

    /// This figure for each of `parts`.
    pub(crate) fn each(self, parts: i64) -> Self {
        Self { value: self.value / parts, spread: self.spread / parts }
    }
}

#[inline(never)]
fn batch(size: u64, operation: &mut impl FnMut()) -> u64 {
    count(|| {
        for turn in 0..size {
            black_box(turn);
            operation();
        }
    })
}

/// `value|spread`, two digits behind the point.
impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.value < 0 { "-" } else { "" };
        let value = self.value.unsigned_abs();
        write!(out, "{sign}{}.{:02}|{}.{:02}", value / 100, value % 100, self.spread / 100, self.spread % 100)
    }
}

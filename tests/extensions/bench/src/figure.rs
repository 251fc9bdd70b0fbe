//! A counted figure: instructions for one operation, or how many times another that is, in hundredths, with its spread.

use core::fmt;
use core::hint::black_box;

use spindle_measure::count;

/// Operations counted in one go, unless said otherwise: few enough that no other core gets its turn in between under `-icount`.
const BATCH: u64 = 200;
/// How often all of that is done.
pub(crate) const RUNS: usize = 5;

/// How often [`Figure::of`] does what it counts, the first time included, which is not counted.
pub(crate) const OPERATIONS: u64 = 1 + RUNS as u64 * BATCH;

/// Hundredths of an instruction or of a ratio, and how far the runs lie apart.
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
        Self::of_runs(|| {
            let full = batch(size, &mut operation);
            let empty = batch(size, &mut || ());
            (full as i64 - empty as i64) * 100 / size as i64
        })
    }

    /// What one `step` costs, of `size` counted one by one: `prepare` and `clean`, around each, are not in it.
    pub(crate) fn of_steps<T, U>(
        size: u64,
        mut prepare: impl FnMut() -> T,
        mut step: impl FnMut(T) -> U,
        mut clean: impl FnMut(U),
    ) -> Self {
        let mut once = || {
            let given = prepare();
            let mut made = None;
            let full = count(|| made = Some(step(given)));
            made.map(&mut clean);
            full as i64 - count(|| ()) as i64
        };
        once();
        Self::of_runs(|| (0..size).map(|_| once()).sum::<i64>() * 100 / size as i64)
    }

    /// What `run` says, in hundredths, when it is asked a few times.
    pub(crate) fn of_runs(mut run: impl FnMut() -> i64) -> Self {
        let mut least = i64::MAX;
        let mut most = i64::MIN;
        for _ in 0..RUNS {
            let value = run();
            least = least.min(value);
            most = most.max(value);
        }
        Self { value: least, spread: most - least }
    }

    /// The least of what was counted, if there is any.
    pub(crate) fn of_counts(counts: &[u64]) -> Option<Self> {
        let (least, most) = (counts.iter().min()?, counts.iter().max()?);
        Some(Self { value: *least as i64 * 100, spread: (most - least) as i64 * 100 })
    }

    /// How many times `other` this figure is. The spread is what their spreads allow.
    pub(crate) fn times(self, other: Self) -> Self {
        let parts = |full: i64, part: i64| full * 100 / part.max(1);
        let value = parts(self.value, other.value);
        let most = parts(self.value + self.spread, other.value);
        let least = parts(self.value, other.value + other.spread);
        Self { value, spread: most - least }
    }

    /// The one that is more.
    pub(crate) fn or_worse(self, other: Self) -> Self {
        if other.value > self.value { other } else { self }
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

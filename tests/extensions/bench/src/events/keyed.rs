//! What a raise costs that finds its handler by a key, and that the number of handlers makes no difference.
//!
//! The whole raise is counted, and that the handler notes itself. Which ones ran is checked for each figure: the one that is
//! meant has the greatest number, so no others add up to the same.

use core::hint::black_box;

use bench_probes::{KEYED, RANGE, Setup, TALLY};
use spindle_console::Console;

use super::set_up;
use crate::figure::{Figure, OPERATIONS};
use crate::{report, report_ratio};

const FEW: u32 = 10;
const MANY: u32 = 1000;

pub(super) fn run(console: &Console) -> Option<()> {
    let equal = |equal| raise(Setup { equal, ..Setup::default() }, equal);
    let (few, many) = (equal(FEW)?, equal(MANY)?);
    let operation = "raise, ten handlers in another domain on one key, one is meant";
    report(console, "events/keyed_10", operation, few, Some(60));
    let operation = "raise, a thousand handlers in another domain on one key, one is meant";
    report(console, "events/keyed_1000", operation, many, Some(60));
    let operation = "raise with a thousand handlers on one key, over the same with ten";
    report_ratio(console, "events/keyed_flat", operation, many.times(few), 120);
    let last = 1 + (MANY - 1) * RANGE;
    let ranges = raise(Setup { ranges: MANY, ..Setup::default() }, last)?;
    let operation = "raise, a thousand handlers for a range of one key each, one is meant";
    report(console, "events/keyed_range_1000", operation, ranges, None);
    Some(())
}

/// Raises for `number`, which is to run the handler of that number and no other.
fn raise(setup: Setup, number: u32) -> Option<Figure> {
    set_up(setup)?;
    let _: (u64, u64) = TALLY.take();
    // Hidden outside of what is counted: no raise is made for one number in particular.
    let number = black_box(u64::from(number));
    let figure = Figure::of(|| KEYED.raise(&number));
    (TALLY.take() == (OPERATIONS, OPERATIONS * number)).then_some(figure)
}

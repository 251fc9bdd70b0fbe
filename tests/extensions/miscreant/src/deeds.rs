//! Deeds: ways not to come to an end.

use alloc::format;
use core::fmt;
use core::hint::black_box;

use spindle_console::Console;
use spindle_event::cores;

use crate::DONE;

/// Goes round so often, in code of this domain only.
#[inline(never)]
pub(crate) fn go_round(count: u64) -> u64 {
    for round in 0..count {
        black_box(round);
    }
    DONE
}

/// Is in a function of the kernel most of the time, one that locks.
pub(crate) fn write(console: &Console) -> u64 {
    loop {
        // Whether it is written makes no difference to somebody who goes on for ever.
        let _ = console.write_str("~\n");
    }
}

/// Is in functions of the kernel and of this domain, which allocate.
pub(crate) fn format(number: u64) -> u64 {
    loop {
        black_box(format!("{number} and {number}"));
    }
}

/// Waits in so many words, for nothing.
pub(crate) fn relax() -> u64 {
    loop {
        cores::relax();
    }
}

pub(crate) fn bounds() -> u64 {
    let numbers = black_box([1, 2, 3]);
    numbers[black_box(7)]
}

pub(crate) fn nobody() -> u64 {
    black_box(None).expect("somebody was to be here")
}

/// A message that never comes to its end.
pub(crate) struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        black_box(go_round(u64::MAX));
        Ok(())
    }
}

pub(crate) fn goes_round(_: &u64) -> bool {
    go_round(u64::MAX) == DONE
}

pub(crate) fn formats(number: &u64) -> bool {
    format(*number) == DONE
}

pub(crate) fn panics(number: &u64) -> bool {
    assert!(black_box(*number) == u64::MAX, "a guard was asked to");
    true
}

pub(crate) fn agrees(number: &u64) -> bool {
    black_box(*number) != u64::MAX
}

//! The backtrace of a report: the chain of calls, each with the function or the domain that it is in.
//!
//! It reads frame records and two tables, none of which it waits for. Extensions have no frame records: their part of the
//! chain is read off the stack, and marked with `?`, since it may name a call that is over.

use super::say;
use crate::place::{INSTRUCTION_BYTES, Place};
use crate::whereabouts;
use spindle_machine::backtrace::{Origin, walk};

pub(super) use spindle_machine::backtrace::here;

/// Writes the chain of calls from stack pointer `sp` and frame record `frame` on, `pc` first when it is known. A place that
/// comes many times in a row, as in an endless recursion, is written once.
pub(super) fn write(sp: u64, frame: u64, pc: Option<u64>) {
    say(format_args!("backtrace:\n"));
    let mut chain = Chain::default();
    if let Some(pc) = pc {
        chain.go_on(Place::At(pc as usize));
    }
    walk(sp, frame, &is_an_extension_s, &mut |address, origin| {
        chain.go_on(match origin {
            Origin::Record => Place::ReturnsTo(address),
            Origin::Stack => Place::MayReturnTo(address),
        });
    });
    say_repeats(chain.repeats);
}

/// Whether the call before `address` is in an extension's code, which has no frame records.
fn is_an_extension_s(address: usize) -> bool {
    whereabouts::running_at(address.saturating_sub(INSTRUCTION_BYTES)).is_some()
}

/// What has been written.
#[derive(Default)]
struct Chain {
    last: Option<Place>,
    /// How often the last has come again.
    repeats: u32,
}

impl Chain {
    fn go_on(&mut self, place: Place) {
        if self.last == Some(place) {
            self.repeats += 1;
            return;
        }
        say_repeats(self.repeats);
        *self = Self { last: Some(place), repeats: 0 };
        say(format_args!("  {place}\n"));
    }
}

fn say_repeats(repeats: u32) {
    if repeats > 0 {
        say(format_args!("  ... and again, {repeats} times\n"));
    }
}

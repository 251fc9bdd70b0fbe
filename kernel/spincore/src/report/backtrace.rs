//! The backtrace of a report: the chain of calls, each with the function or the domain that it is in.
//!
//! It reads frame records and two tables, none of which it waits for.

use super::say;
use crate::domain;
use crate::symbols::names::Names;
use core::fmt;
use spindle_machine::backtrace::walk;
use spindle_machine::image;

pub(super) use spindle_machine::backtrace::here;

/// Writes the chain of calls that starts at frame record `frame`, `pc` first when it is known. A place that comes many times
/// in a row, as in an endless recursion, is written once.
pub(super) fn write(frame: u64, pc: Option<u64>) {
    say(format_args!("backtrace:\n"));
    let mut is_first = true;
    let mut last: Option<Place> = None;
    let mut repeats = 0_u32;
    walk(frame, pc.unwrap_or_default(), &mut |address| {
        let place = if is_first { pc.map(|_| Place::At(address)) } else { Some(Place::ReturnsTo(address)) };
        is_first = false;
        let Some(place) = place else { return };
        if last == Some(place) {
            repeats += 1;
            return;
        }
        say_repeats(repeats);
        (last, repeats) = (Some(place), 0);
        say(format_args!("  {place}\n"));
    });
    say_repeats(repeats);
}

fn say_repeats(repeats: u32) {
    if repeats > 0 {
        say(format_args!("  ... and again, {repeats} times\n"));
    }
}

/// An address of code as backtraces print it: the function it lies in, or the domain, or just the number.
///
/// # Context
/// Any, a panic included: neither waits nor allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The instruction at this address.
    At(usize),
    /// The call that returns to this address. A call that never returns can be the last instruction of its function, and then
    /// this address is the next function's.
    ReturnsTo(usize),
}

/// Length of an instruction.
const INSTRUCTION_BYTES: usize = 4;

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, inside) = match *self {
            Self::At(address) => (address, address),
            Self::ReturnsTo(address) => (address, address.saturating_sub(INSTRUCTION_BYTES)),
        };
        let beyond = shown - inside;
        write!(out, "{shown:#018x}")?;
        let text = image::text();
        if (text.start.0..text.end.0).contains(&inside) {
            match Names::new(image::knames()).and_then(|names| names.at(inside)) {
                Some((name, distance)) => write!(out, " {name}+{:#x}", distance + beyond),
                None => write!(out, " kernel+{:#x}", shown - text.start.0),
            }
        } else {
            domain::write_place(out, inside, beyond)
        }
    }
}

//! The backtrace of a report: the chain of calls, each with the function or the domain that it is in.
//!
//! It reads frame records and two tables, none of which it waits for. Extensions have no frame records: their part of the
//! chain is read off the stack, and marked with `?`, since it may name a call that is over.

use super::say;
use crate::symbols::names::Names;
use crate::{domain, whereabouts};
use core::fmt;
use spindle_machine::backtrace::{Origin, walk};
use spindle_machine::image;

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
    /// As [`Self::ReturnsTo`], unless that call is over and the address was left on the stack.
    MayReturnTo(usize),
}

/// Length of an instruction.
const INSTRUCTION_BYTES: usize = 4;

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, inside) = match *self {
            Self::At(address) => (address, address),
            Self::ReturnsTo(address) | Self::MayReturnTo(address) => {
                (address, address.saturating_sub(INSTRUCTION_BYTES))
            }
        };
        let beyond = shown - inside;
        write!(out, "{shown:#018x}")?;
        let text = image::text();
        if (text.start.0..text.end.0).contains(&inside) {
            match Names::new(image::knames()).and_then(|names| names.at(inside)) {
                Some((name, distance)) => write!(out, " {name}+{:#x}", distance + beyond)?,
                None => write!(out, " kernel+{:#x}", shown - text.start.0)?,
            }
        } else {
            domain::write_place(out, inside, beyond)?;
        }
        if matches!(self, Self::MayReturnTo(_)) { out.write_str(" ?") } else { Ok(()) }
    }
}

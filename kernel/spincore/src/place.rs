//! Place: an address of code with the function or the domain that it is in, as reports and the log print it.

use crate::domain;
use core::fmt;
use spindle_linker::Names;
use spindle_machine::image;

/// An address of code as backtraces print it: the function it lies in, or the domain, or just the number.
///
/// # Context
/// Any, a panic included: neither waits nor allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The instruction at this address.
    At(usize),
    /// The call that returns to this address. A call that never returns can be the last instruction of its function, and then
    /// this address is the next function's.
    ReturnsTo(usize),
    /// As [`Self::ReturnsTo`], unless that call is over and the address was left on the stack.
    MayReturnTo(usize),
}

/// Length of an instruction.
pub(crate) const INSTRUCTION_BYTES: usize = 4;

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

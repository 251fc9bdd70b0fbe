//! Refuge: where a core goes on when its stack can't be read.
//!
//! Code that has returned to where none is, or has lost its stack pointer, leaves no frames to walk. A boundary needs none: it has
//! saved what its caller expects to find. So the innermost one is given up, if nothing has run above it that may have written
//! over that. Whose code runs inside it is known. That it is to blame is certain only if no other extension's code
//! has a trace on the stack up to there; else nobody is.

use super::search::{Found, Place, Trail, Trust};
use crate::whereabouts::running_at;
use spindle_machine::callers::Callers;
use spindle_sync::boundary;

/// How much of the stack is looked at where the stack pointer says nothing, in bytes.
const LOOKED_AT: usize = 4096;

/// The innermost boundary, when what has failed stood at `sp`, and with interrupts let in.
pub(super) fn refuge(sp: usize) -> Option<Found> {
    let stack = boundary::innermost_stack()?;
    let callers = Callers::at(stack)?;
    let from = if callers.is_on_stack(sp) { sp } else { stack.saturating_sub(LOOKED_AT) };
    let is_elsewhere = Callers::at(sp).is_none() || callers.is_below_stack(sp as u64);
    if from > stack || !(callers.is_on_stack(sp) || is_elsewhere) {
        return None;
    }
    let culprit = running_at(boundary::innermost_code()?)?;
    let count = (stack - from) / size_of::<usize>();
    let is_no_others = |word: &usize| running_at(*word).is_none_or(|domain| domain == culprit);
    let is_alone = Callers::at(from).is_some_and(|below| below.words(count).iter().all(is_no_others));
    let trust = if is_alone { Trust::Alone } else { Trust::Doubtful };
    Some(Found { culprit, victim: None, callers, place: Place::Boundary, trail: Trail::default(), trust })
}

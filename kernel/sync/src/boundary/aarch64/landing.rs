//! Landing: where a core goes on whose call is given up, and what of its code is the boundary's own.

use super::{
    STACK_BYTES, boundary_call_end, boundary_end, boundary_hold_end, boundary_land, boundary_returned,
    boundary_shield, boundary_shield_end, call_here, hold_here,
};
use crate::boundary::End;
use crate::boundary::frame::Frame;

/// Where an interrupted core goes on: in place of what it was doing.
#[derive(Debug)]
pub struct Landing {
    frame: *const Frame,
    end: End,
}

impl Landing {
    pub(in crate::boundary) fn new(frame: *mut Frame, end: End) -> Self {
        Self { frame, end }
    }

    /// The address to go on at, and what is to be in x0 and x1 then.
    pub fn registers(&self) -> (usize, [u64; 2]) {
        (boundary_land as *const () as usize, [self.frame.addr() as u64, self.end as u64])
    }

    /// Whether `pc` is in the middle of entering or leaving a call: nothing can be given up there.
    pub fn is_in_between(pc: usize) -> bool {
        let is_between = |first: *const (), end: *const ()| (first as usize..end as usize).contains(&pc);
        is_between(boundary_land as *const (), boundary_end as *const ())
            || is_between(call_here as *const (), boundary_call_end as *const ())
            || is_between(hold_here as *const (), boundary_hold_end as *const ())
    }

    /// Whether `pc` is where a call is shielded: its frame is as that of a call that can be given up, and is no such.
    pub fn is_shield(pc: usize) -> bool {
        (boundary_shield as *const () as usize..boundary_shield_end as *const () as usize).contains(&pc)
    }

    /// How large the stack frame of a call is, at the end of which the caller's frame begins, and how far below that end it has put x19
    /// to x30; all in bytes.
    pub const FRAME: (u32, [u16; 12]) =
        (STACK_BYTES as u32, [152, 144, 136, 128, 120, 112, 104, 96, 88, 80, 176, 168]);

    /// Where a function is to return to whose caller is to be given up, and not itself.
    pub fn on_return() -> usize {
        boundary_returned as *const () as usize
    }
}

//! Edf: runs whichever strand has the earliest deadline, and admits no more than a core can serve.
//!
//! `load edf with SpinPublic,spindle_scheduler`, then `scheduler edf 1`. Strands ask for what they need by the published crate `edf-interface`.
//! What it decides is `spindle_policy::Edf`; each core has one, of which a twentieth is left to the kernel. Who has asked for
//! nothing runs when nobody with a deadline can, by turns.
#![no_std]

extern crate alloc;

mod core_deadlines;
mod deadlines;

use alloc::sync::Arc;

use edf_interface::NEED;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Binding;
use spindle_scheduler::{Candidate, Promise};

use deadlines::Deadlines;

extension! { name: "edf", init: init }

/// How long somebody waits at the most, in nanoseconds.
const LONGEST_WAIT_NS: u64 = 10_000_000_000;

fn init(_: &Identity) -> InitResult {
    let deadlines = Arc::new(Deadlines::new());
    let asked = deadlines.clone();
    let _: Binding = NEED.install(move |need| asked.take(*need))?;
    let _: Candidate = Candidate::stand("edf", Promise::Longest(LONGEST_WAIT_NS), deadlines)?;
    Ok(())
}

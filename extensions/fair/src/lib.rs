//! Fair: shares a core among strands in proportion to weights, with a deadline for every slice.
//!
//! `load fair with SpinPublic,spindle_scheduler`, then `scheduler fair`, or `scheduler fair 2` for core 2 alone. What it decides
//! is `spindle_policy::Fair`; each core has one. A strand's share is what was asked for by the published crate `fair-interface`;
//! else it has the weight of its priority: a quarter more for each step.
#![no_std]

extern crate alloc;

mod core_shares;
mod shares;

use alloc::sync::Arc;

use fair_interface::SHARE;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Binding;
use spindle_scheduler::{Candidate, Promise};

use shares::Shares;

extension! { name: "fair", init: init }

/// How long somebody waits at the most, in nanoseconds: with the least weight beside many of the greatest.
const LONGEST_WAIT_NS: u64 = 10_000_000_000;

fn init(_: &Identity) -> InitResult {
    let shares = Arc::new(Shares::new());
    let asked = shares.clone();
    let _: Binding = SHARE.install(move |share| asked.set(*share))?;
    let _: Candidate = Candidate::stand("fair", Promise::Longest(LONGEST_WAIT_NS), shares)?;
    Ok(())
}

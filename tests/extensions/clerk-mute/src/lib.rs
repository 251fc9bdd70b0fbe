//! clerk-mute: a version of `clerk-1` that gives up when it has done all that it had to do. Nobody may have seen it.
#![no_std]

extern crate alloc;

#[path = "../../clerk-1/src/desk.rs"]
mod desk;

use desk::{Books, give};
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "clerk-mute", init: init, state: Books, give: give, take: take }

/// What this version answers.
const ANSWER: u64 = 1 << 48;

fn init(me: &Identity) -> InitResult {
    desk::open(me, ANSWER)
}

fn take(me: &Identity, books: Books) -> InitResult {
    desk::take(me, books, ANSWER)?;
    Err("lost its voice".into())
}

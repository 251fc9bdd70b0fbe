//! clerk-2: another version of `clerk-1`.
#![no_std]

extern crate alloc;

#[path = "../../clerk-1/src/desk.rs"]
mod desk;

use desk::{Books, give};
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "clerk-2", init: init, state: Books, give: give, take: take }

/// What this version answers.
const ANSWER: u64 = 1 << 32;

fn init(me: &Identity) -> InitResult {
    desk::open(me, ANSWER)
}

fn take(me: &Identity, books: Books) -> InitResult {
    desk::take(me, books, ANSWER)
}

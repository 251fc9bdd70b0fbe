//! clerk-1: holds the office of the tests of `replace`, and hands it over to another clerk.
#![no_std]

extern crate alloc;

mod desk;

use desk::{Books, give};
use spindle_domain::{Identity, InitResult, extension};

extension! { name: "clerk-1", init: init, state: Books, give: give, take: take }

/// What this version answers.
const ANSWER: u64 = 1;

fn init(me: &Identity) -> InitResult {
    desk::open(me, ANSWER)
}

fn take(me: &Identity, books: Books) -> InitResult {
    desk::take(me, books, ANSWER)
}

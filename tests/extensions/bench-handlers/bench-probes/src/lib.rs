//! What benchmarks raise and call in another domain: published by who has the handlers, used by who counts.
#![no_std]

mod callee;
mod probe;

pub use callee::{call_from_publisher, callee};
pub use probe::{
    ENDLESS, FAILING, Failing, KEYED, LEND, Mark, NUMBER, PROBE, RANGE, SETUP, STAMP, Setup, TALLY, Tally,
};

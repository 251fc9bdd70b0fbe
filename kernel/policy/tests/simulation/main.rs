//! One core under each policy, simulated: time passes as the members run.
#![expect(clippy::unwrap_used, reason = "all of it is a test, and what fails here is to end it")]

mod dice;
mod edf;
mod fair;

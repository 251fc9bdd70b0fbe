//! Tasks: has futures run by strands, for other extensions.
//!
//! All there is to it is the crate `tasks-interface`, which this extension publishes: others are linked to it and call it directly. It
//! works without anything done here. What they spawn is run by strands of their own; the one strand of this extension's is the
//! timekeeper, which begins when somebody first waits for a time.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "tasks", init: init }

fn init(_: &Identity) -> InitResult {
    Ok(())
}

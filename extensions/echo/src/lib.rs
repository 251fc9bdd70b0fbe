//! Echo: prints each line back that is typed at the console.
//!
//! It handles [`INPUT`], which comes in pieces, and writes a line when one is complete.
#![no_std]

extern crate alloc;

mod lines;

use spindle_console::{Console, INPUT};
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Exclusive;

use crate::lines::Lines;

extension! { name: "echo", init: init }

fn init(_: &Identity) -> InitResult {
    let console = Console::open()?;
    let lines = Exclusive::new(Lines::new());
    INPUT.install(move |input| {
        // Input comes on one core, one raise after the other, so the lines are never lent twice.
        let _ = lines.with(|lines| {
            for line in lines.take(input.bytes()) {
                let _ = writeln!(console, "echo: {line}");
            }
        });
    })?;
    Ok(())
}

//! forged-console: makes itself the right to write on the console.
#![no_std]

use spindle_console::Console;

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "forged-console", init: init }

fn init(_me: &Identity) -> InitResult {
    let _console = Console { _private: () };
    Ok(())
}

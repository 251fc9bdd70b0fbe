//! shebang: a crate of its own has a file that begins with a line which only the compiler skips.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "shebang", init: init }

fn init(_me: &Identity) -> InitResult {
    script::touch();
    Ok(())
}

//! lender: a guest of `churn` that publishes an interface, has a plain handler with state on the heap, and a default handler.
#![no_std]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Last, Owner};

extension! { name: "lender", init: init }

/// Owns the event of this extension.
static OFFICE: Owner = Owner::new();

/// Raised to lend an amount; gives all that has been lent.
static LENDER: Event<u64, u64, Last> = Event::new("lender", &OFFICE);

/// How many lines its register has.
const LINES: usize = 24;

fn init(me: &Identity) -> InitResult {
    let register: Vec<String> = (0..LINES).map(|line| format!("{} lends, line {line}", me.name())).collect();
    let lender = LENDER.owned(&OFFICE)?;
    let _: Binding = lender.install_default(|amount| *amount)?;
    let _: Binding = lender.install(move |amount| {
        let line = register.get(*amount as usize % LINES).map_or(0, String::len);
        lender_interface::lend(*amount).wrapping_add(line as u64)
    })?;
    me.open("lender", &LENDER)?;
    Ok(())
}

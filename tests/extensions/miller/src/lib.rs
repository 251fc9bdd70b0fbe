//! miller: a guest of `churn` that publishes an interface, has a plain handler with state on the heap, and a default handler.
#![no_std]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Last, Owner};

extension! { name: "miller", init: init }

/// Owns the event of this extension.
static MILL: Owner = Owner::new();

/// Raised to grind an amount; gives all that has been ground.
static MILLER: Event<u64, u64, Last> = Event::new("miller", &MILL);

/// How many lines its register has.
const LINES: usize = 24;

fn init(me: &Identity) -> InitResult {
    let register: Vec<String> = (0..LINES).map(|line| format!("{} grinds, line {line}", me.name())).collect();
    let miller = MILLER.owned(&MILL)?;
    let _: Binding = miller.install_default(|amount| *amount)?;
    let _: Binding = miller.install(move |amount| {
        let line = register.get(*amount as usize % LINES).map_or(0, String::len);
        miller_interface::grind(*amount).wrapping_add(line as u64)
    })?;
    me.open("miller", &MILLER)?;
    Ok(())
}

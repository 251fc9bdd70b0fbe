//! leaker: declares an event that lies on the heap, where it stays when the domain is gone.
//!
//! The list of events must not keep it: its name and the code that answers for it are the domain's.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "leaker", init: init }

/// Owns the events of this extension.
static LEAKER: Owner = Owner::new();

fn init(_me: &Identity) -> InitResult {
    let declared: &'static Event<u32> = Box::leak(Box::new(Event::new("leaked", &LEAKER)));
    declared.declare();
    let bound: &'static Event<u32> = Box::leak(Box::new(Event::new("leaked-and-bound", &LEAKER)));
    let _: Binding = bound.owned(&LEAKER)?.install(|number| assert!(*number > 0))?;
    Ok(())
}

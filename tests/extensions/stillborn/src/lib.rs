//! stillborn: panics in its entry, when it has installed a handler already.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "stillborn", init: init }

/// Owns the events of this extension.
static STILLBORN: Owner = Owner::new();

static NEVER: Event<u32> = Event::new("never", &STILLBORN);

fn init(me: &Identity) -> InitResult {
    let _: Binding = NEVER.owned(&STILLBORN)?.install(|number| assert!(*number > 0))?;
    assert!(me.name() != "stillborn", "not born to live");
    Ok(())
}

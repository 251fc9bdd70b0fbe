//! Gatekeeper: raises the alarm when somebody comes through a door.
//!
//! It declares the event [`INTRUDER`], opens it by the name `intruder`, and handles it itself: a line on the console
//! for each door. At the shell: `raise intruder front-door`.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "gatekeeper", init: init }

/// Owns the events of this extension.
static GATE: Owner = Owner::new();

/// Raised for each intruder.
pub static INTRUDER: Event<Intruder> = Event::new("intruder", &GATE);

/// Somebody came in.
#[derive(Debug, PartialEq, Eq)]
pub struct Intruder {
    /// The door that was used.
    pub door: String,
}

/// An intruder without a door.
#[derive(Debug, PartialEq, Eq)]
pub struct NoDoor;

impl fmt::Display for NoDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("name the door, as in `front-door`")
    }
}

impl core::error::Error for NoDoor {}

impl FromStr for Intruder {
    type Err = NoDoor;

    fn from_str(text: &str) -> Result<Self, NoDoor> {
        match text.trim() {
            "" => Err(NoDoor),
            door => Ok(Self { door: door.into() }),
        }
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    INTRUDER.owned(&GATE)?.install(move |intruder| {
        // Without a console there is nobody to alert.
        let _ = writeln!(console, "Intruder Alert: {}", intruder.door);
    })?;
    me.open("intruder", &INTRUDER)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Intruder, NoDoor};

    #[test]
    fn an_intruder_needs_a_door() {
        assert_eq!(" front-door ".parse(), Ok(Intruder { door: "front-door".into() }));
        assert_eq!("  ".parse::<Intruder>(), Err(NoDoor));
    }
}

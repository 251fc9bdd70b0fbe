//! Turnstile: lets visitors in by numbered lanes while there is room, by other lanes at night than by day.
//!
//! It opens [`PASS`] by the name `turnstile` and [`SHIFT`] by the name `shift`. At the shell: `raise turnstile 2 Ada` asks
//! lane 2 to let Ada in, `raise shift night` leaves nobody but a porter at lane 1, and `event turnstile` shows who handles
//! what under which terms.
//!
//! The hall owns both events; whoever looks after a lane is a stranger to it, shows a permit, and is held to the hall's
//! conditions. How to write such a thing is told in `docs/guide/write-an-extension.md`.
#![no_std]

extern crate alloc;

mod hall;
mod lanes;
mod room;
mod visitor;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Exclusive;

pub use crate::hall::{Answer, PASS, SHIFT};
use crate::lanes::Lanes;
pub use crate::lanes::{NoShift, Shift};
pub use crate::visitor::{Visitor, VisitorError};

extension! { name: "turnstile", init: init }

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    hall::serve(&console)?;
    let lanes = Lanes::new(&console)?;
    lanes.change(Shift::Day)?;
    let lanes = Exclusive::new(lanes);
    hall::on_shift(move |shift| {
        let outcome = match lanes.with(|lanes| lanes.change(shift)) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => writeln!(console, "turnstile: {error}"),
            Err(busy) => writeln!(console, "turnstile: {busy}"),
        };
        // Nobody to tell that there is nobody to tell.
        let _ = outcome;
    })?;
    me.open("turnstile", &PASS)?;
    me.open("shift", &SHIFT)?;
    Ok(())
}

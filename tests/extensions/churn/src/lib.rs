//! churn: five extensions come and go while every core raises their events, and afterwards all is as it was before.
//!
//! `raise churn CYCLES [EXTRA]` starts it and returns. In a cycle the five guests are loaded, in one of three ways, every core
//! raises each of them, and they are unloaded in an order that changes; the next begins when the end of each was told. With
//! EXTRA that extension comes and goes as well. Cores raise all the time, by name; a name that is not there is counted.
//!
//! The figures are taken after a few cycles, in which tables of the kernel grow to what they need, and again at the end, both
//! times when nobody raises any more and every core has had many turns. A line that begins with `churn over:` gives them and
//! says `all as before`, or what differs: nothing may, not by a byte; or it says `failed`, and why.
#![no_std]

extern crate alloc;

mod cycle;
mod figures;
mod guests;
mod laps;
mod order;
mod raises;
mod trouble;

use spindle_console::Console;
use spindle_control::Control;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

use order::Order;

extension! { name: "churn", init: init }

/// Owns the events of this extension.
pub(crate) static OWNER: Owner = Owner::new();

static CHURN: Event<Order> = Event::new("churn", &OWNER);

fn init(me: &Identity) -> InitResult {
    let (console, control) = (Console::open()?, Control::open()?);
    raises::serve()?;
    laps::serve()?;
    cycle::serve(&console)?;
    let own = me.clone();
    let _: Binding =
        CHURN.owned(&OWNER)?.install(move |order| cycle::begin(&own, control, &console, order))?;
    me.open("churn", &CHURN)?;
    Ok(())
}

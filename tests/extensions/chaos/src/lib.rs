//! chaos: another extension fails in all its ways, at random on all cores, beside a load that must not notice.
//!
//! `raise chaos SEED SECONDS [TURNS]` starts it and returns; in one turn of so many (4) a core has the other fail. `culprit` is loaded, every core has it fail now and then in a way that the
//! dice choose, and after three failures, which are as many as a handler may have, it is unloaded and loaded again, on a core that
//! the dice choose as well. Neither waits for a failure that is still going on elsewhere. Meanwhile every core raises and posts events
//! of this extension, and checks what comes of it: see [`steady`].
//!
//! First each way is taken a few times in turn, while tables of the kernel grow to what they need; the figures of what there is are
//! taken then and again at the end, both times when nobody fails any more, all posts have arrived and every core has had many turns.
//! SECONDS count from the first of them.
//!
//! A line at the end begins with `chaos: seed` and says what came out `wrong` and which posts were `lost`, none if all is well; or it
//! says `failed`, and why. Before it stand how often each way was taken, and the figures: `all as before`, or what differs.
//!
//! The same seed gives the same rolls of the dice on each core, not the same run: cores are no two times as fast.
#![no_std]

extern crate alloc;

mod dice;
mod figures;
mod order;
mod run;
mod steady;
mod trouble;
mod ways;

use spindle_console::Console;
use spindle_control::Control;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

use order::Order;

extension! { name: "chaos", init: init }

/// Owns the events of this extension.
pub(crate) static OWNER: Owner = Owner::new();

static CHAOS: Event<Order> = Event::new("chaos", &OWNER);

/// Most cores that take part.
pub(crate) const CORES: usize = 8;

fn init(me: &Identity) -> InitResult {
    let (console, control) = (Console::open()?, Control::open()?);
    steady::serve()?;
    run::serve()?;
    let _: Binding = CHAOS.owned(&OWNER)?.install(move |order| run::begin(control, &console, *order))?;
    me.open("chaos", &CHAOS)?;
    Ok(())
}

//! phoenix: fails whenever it is raised, and wants to be started again twice in a minute.
#![no_std]

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, Restart, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "phoenix", init: init, restart: Restart::times(2).within_seconds(60).after_milliseconds(20) }

/// Owns the events of this extension.
static PHOENIX: Owner = Owner::new();

static BURN: Event<u32> = Event::new("burn", &PHOENIX);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = BURN.owned(&PHOENIX)?.install(|number| assert!(*number == 0, "it burns"))?;
    me.open("burn", &BURN)?;
    let _ = writeln!(console, "phoenix is up as domain {}", me.id());
    Ok(())
}

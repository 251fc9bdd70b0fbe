//! culprit: fails in each way that the kernel has to contain, in handlers without a boundary as well as in others.
//!
//! `raise fail WAY` raises an event with two handlers: the first fails, the second says that the raise went on. What is to fail
//! at the end of the domain waits for `unload`. What no safe program can do is done by machine code that the tests put
//! in the place of a number ([`patched`]).
#![no_std]

extern crate alloc;

mod bombs;
mod brink;
mod failures;
mod locks;
mod patched;
mod way;

use alloc::boxed::Box;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

use failures::Fragile;
use way::Way;

extension! { name: "culprit", init: init }

/// Owns the events of this extension.
pub(crate) static CULPRIT: Owner = Owner::new();

/// Where the extension fails.
static FAIL: Event<Way> = Event::new("fail", &CULPRIT);
/// What the bombs are tried on.
pub(crate) static TARGET: Event<u64> = Event::new("target", &CULPRIT);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let owned = FAIL.owned(&CULPRIT)?;
    let witness = console.clone();
    let _: Binding = owned.install(move |way: &Way| failures::fail(*way, &console))?;
    let _: Binding = owned.bind().last().install(move |way: &Way| {
        let _ = writeln!(witness, "culprit: {way}: the raise goes on");
        if matches!(way, Way::Lock | Way::LockLoop | Way::LockAbort) {
            locks::take_after(&witness);
        }
    })?;
    // Dropped with its handler, when the domain ends.
    let fragile = Box::new(Fragile);
    let _: Binding = TARGET.owned(&CULPRIT)?.install(move |how: &u64| {
        let _: &Fragile = &fragile;
        failures::stay(*how);
    })?;
    me.open("fail", &FAIL)?;
    Ok(())
}

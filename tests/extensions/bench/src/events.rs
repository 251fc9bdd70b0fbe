//! Area `events`: what the event crate does, seen from its raisers and installers.

mod budget;
mod change;
mod interrupt;
mod keyed;
mod post;
mod queue;
mod raise;

use bench_probes::{SETUP, Setup};
use spindle_console::Console;

use crate::complain;

pub(crate) fn run(console: &Console) {
    let groups: [fn(&Console) -> Option<()>; 7] = [
        raise::run,
        keyed::run,
        queue::run,
        post::run,
        interrupt::run,
        change::run,
        // Last: what it ends is told of in turns to come, and so is not in anybody's figure.
        budget::run,
    ];
    for group in groups {
        if group(console).is_none() {
            complain(console, "a part of the area `events` gave up; is bench-handlers loaded?");
        }
        if set_up(Setup::default()).is_none() {
            complain(console, "the handlers do not go");
        }
    }
}

/// Has the other domain install exactly these handlers; nothing, when it can't.
fn set_up(setup: Setup) -> Option<()> {
    (SETUP.raise(&setup) == setup.count()).then_some(())
}

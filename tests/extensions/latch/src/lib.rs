//! latch: has two locks taken in one order here, and by turner in the other, at the same time.
//!
//! At the shell: `raise latch 2000`, with `turner` loaded.
#![no_std]

use core::num::ParseIntError;
use core::str::FromStr;
use core::sync::atomic::Ordering;

use latch_interface::{BACK, BACKWARD, FRONT, OWNER, REFUSED, turn};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner, cores};

extension! { name: "latch", init: init }

static LATCH: Owner = Owner::new();

/// Raised to have the locks taken so often each way.
static RUN: Event<Turns> = Event::new("latch", &LATCH);
/// Posted to another core with the same.
static FORWARD: Event<u64> = Event::new("forward", &LATCH);

/// How often.
struct Turns(u64);

impl FromStr for Turns {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = FORWARD.owned(&LATCH)?.install(|count| turn(&FRONT, &BACK, *count))?;
    let _ = BACKWARD.owned(&OWNER)?;
    let _: Binding = RUN.owned(&LATCH)?.install(move |turns| {
        let before = total();
        run(turns.0);
        let is_all = total().wrapping_sub(before) == 2 * turns.0;
        let _ = writeln!(console, "latch: {} turns, all taken or refused ({is_all})", 2 * turns.0);
    })?;
    me.open("latch", &RUN)?;
    Ok(())
}

/// One way on another core, if there is one, and the other way here.
fn run(count: u64) {
    let other = cores::online().find(|core| *core != cores::current());
    let posted = other.and_then(|core| FORWARD.post(core, count).ok());
    BACKWARD.raise(&count);
    match posted {
        Some(posted) => {
            let _ = posted.wait();
        }
        None => FORWARD.raise(&count),
    }
}

fn total() -> u64 {
    let count = |lock: &spindle_domain::Mutex<u64>| lock.with(|value| *value).unwrap_or(0);
    count(&FRONT) + count(&BACK) + REFUSED.load(Ordering::Relaxed)
}

//! Threads: the package of threads that other extensions use.
//!
//! The package itself is the crate `threads-interface`, which this extension publishes: others are linked to it and call it
//! directly. Here it is shown how many threads it has: at the shell, `raise threads`.
#![no_std]

use core::convert::Infallible;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "threads", init: init }

/// Owns the event of this extension.
static PACKAGE: Owner = Owner::new();

/// Raised to have it shown how many threads there are.
pub static THREADS: Event<Everything> = Event::new("threads", &PACKAGE);

/// All threads: there is nothing to say about which.
#[derive(Debug, PartialEq, Eq)]
pub struct Everything;

impl FromStr for Everything {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    THREADS.owned(&PACKAGE)?.install(move |_| {
        let tally = threads_interface::tally();
        let _ = writeln!(console, "{} threads, of {} begun", tally.running, tally.begun);
    })?;
    me.open("threads", &THREADS)?;
    Ok(())
}

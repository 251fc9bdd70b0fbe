//! event-storm: every core raises, posts, installs, uninstalls and swaps at once, and every raise is accounted for.
//!
//! `raise event-storm SECONDS` starts it and returns. Each core does a turn of what it throws dice for, and posts itself the
//! next one, so that its run loop gets quiet points. What was found stands in a line that begins with `event storm N over:`, N being
//! the number of the storm.
//!
//! What is held to account: a raise of an event of the pair sees exactly one of its two handlers, and of two raises of both
//! events the second is never behind the first; the handlers that are always there run once a raise; one that comes and goes
//! runs once a raise of its own core while it is there, and not at all when it is gone; handlers that run later, and posts,
//! all arrive; and at the end nothing is left installed.
#![no_std]

extern crate alloc;

mod account;
mod guests;
mod later;
mod pair;
mod turns;

use core::fmt;
use core::num::ParseIntError;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "event-storm", init: init }

/// Owns the events of this extension.
pub(crate) static STORMY: Owner = Owner::new();

/// Most cores that take part.
pub(crate) const CORES: usize = 32;

/// How long it storms.
struct Seconds(u64);

impl FromStr for Seconds {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

static STORM: Event<Seconds> = Event::new("event-storm", &STORMY);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    turns::serve(&console)?;
    let _: Binding = STORM.owned(&STORMY)?.install(move |seconds| {
        if let Err(error) = turns::begin(seconds.0, &console) {
            say(&console, format_args!("event storm: {error}\n"));
        }
    })?;
    me.open("event-storm", &STORM)?;
    Ok(())
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
pub(crate) fn say(console: &Console, what: fmt::Arguments<'_>) {
    let _ = console.write_fmt(what);
}

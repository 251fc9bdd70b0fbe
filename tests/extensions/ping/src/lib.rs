//! ping: plays balls to pong, and pong to it: each is linked to what the other publishes.
//!
//! At the shell: `raise ping 3`.
#![no_std]

use core::num::ParseIntError;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "ping", init: init }

static TABLE: Owner = Owner::new();

/// Raised to have balls played.
pub static PING: Event<Balls> = Event::new("ping", &TABLE);

/// How many balls to play.
pub struct Balls(u64);

impl FromStr for Balls {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    PING.owned(&TABLE)?.install(move |balls| {
        let last = (0..balls.0).map(|_| pong_interface::take()).last();
        let taken = ping_interface::taken();
        let _ = writeln!(console, "ping played ball {} and took {taken}", last.unwrap_or(0));
    })?;
    me.open("ping", &PING)?;
    Ok(())
}

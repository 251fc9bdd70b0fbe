//! swarm: many strands on all cores that are woken, blocked, ended and made more or less urgent at random, while schedulers take
//! each other's offices; and each wake-up is accounted for.
//!
//! `raise swarm SEED SECONDS [STRANDS]`. Each *bee* waits for tokens and takes them. Those who drive give a token and unblock, block a bee that has not asked
//! for it (and unblock it later), change its priority, or end it and begin another in its place. When the time is over everybody is
//! unblocked once if it was blocked, and then every token must be taken: a wake-up that was lost is a bee that sleeps on its tokens.
#![no_std]

extern crate alloc;

mod bee;
mod drive;
mod random;
mod rota;

use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "swarm", init: init }

static OWNER: Owner = Owner::new();

/// Raised to let the swarm loose.
static SWARM: Event<Flight> = Event::new("swarm", &OWNER);

/// How long, with how many.
#[derive(Clone, Copy, Debug)]
struct Flight {
    seed: u64,
    seconds: u64,
    strands: usize,
}

/// A text that says none.
#[derive(Debug)]
struct NoFlight;

impl fmt::Display for NoFlight {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("say `SEED SECONDS`, or `SEED SECONDS STRANDS`")
    }
}

impl FromStr for Flight {
    type Err = NoFlight;

    fn from_str(text: &str) -> Result<Self, NoFlight> {
        let mut numbers = text.split_whitespace().map(str::parse::<u64>);
        let mut next = || numbers.next().transpose().map_err(|_| NoFlight);
        let (seed, seconds, strands) = (next()?, next()?, next()?);
        let strands = usize::try_from(strands.unwrap_or(1000)).map_err(|_| NoFlight)?;
        Ok(Self { seed: seed.ok_or(NoFlight)?, seconds: seconds.ok_or(NoFlight)?, strands })
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = SWARM.owned(&OWNER)?.install(move |flight: &Flight| drive::begin(&console, *flight))?;
    me.open("swarm", &SWARM)?;
    Ok(())
}

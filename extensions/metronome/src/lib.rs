//! Metronome: prints a tick at a steady pace, on a chosen core.
//!
//! It opens the event [`PACE`] by the name `metronome`. At the shell: `raise metronome 2 100` ticks on core 2 every
//! 100 ms, `raise metronome off` stops.
#![no_std]

extern crate alloc;

mod pace;

use spindle_clock::{Timer, TimerError};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{CoreId, Event, Exclusive, Owner, cores};

pub use crate::pace::{Pace, PaceError};

extension! { name: "metronome", init: init }

/// Owns the events of this extension.
static METRONOME: Owner = Owner::new();

/// Raised to set the pace.
pub static PACE: Event<Pace> = Event::new("metronome-pace", &METRONOME);

/// The timer that ticks now.
static TICKING: Exclusive<Option<Timer>> = Exclusive::new(None);

const NS_PER_MS: u64 = 1_000_000;

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    PACE.owned(&METRONOME)?.install(move |pace| {
        if let Err(error) = set(&console, *pace) {
            let _ = writeln!(console, "metronome: {error}");
        }
    })?;
    me.open("metronome", &PACE)?;
    Ok(())
}

fn set(console: &Console, pace: Pace) -> Result<(), TimerError> {
    let timer = match pace {
        Pace::Off => None,
        Pace::Every { core, period_ms } => Some(start(console.clone(), core, period_ms)?),
    };
    // Two who set it at once: one of them wins, and the other's timer stops here.
    let _ = TICKING.with(|ticking| *ticking = timer);
    Ok(())
}

fn start(console: Console, core: CoreId, period_ms: u32) -> Result<Timer, TimerError> {
    Timer::periodic(core, u64::from(period_ms) * NS_PER_MS, move |expiry| {
        let _ = writeln!(console, "tick {} on core {}", expiry.count(), cores::current());
    })
}

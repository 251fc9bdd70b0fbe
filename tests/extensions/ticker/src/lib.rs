//! ticker: a guest of `churn` with a timer that ticks on each core, and one that is never due.
#![no_std]

extern crate alloc;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_clock::{Timer, TimerError};
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Last, Owner, cores};

extension! { name: "ticker", init: init }

/// Owns the event of this extension.
static TOWER: Owner = Owner::new();

/// Raised to be told how often it has ticked.
static TICKER: Event<u64, u64, Last> = Event::new("ticker", &TOWER);

const PERIOD_NS: u64 = 1_000_000;
const NEVER_NS: u64 = 1_000_000_000_000_000;

fn init(me: &Identity) -> InitResult {
    // Only counted, so `Relaxed` is enough.
    let ticks = Arc::new(AtomicU64::new(0));
    let start = |core| {
        let ticks = ticks.clone();
        Timer::periodic(core, PERIOD_NS, move |_| {
            ticks.fetch_add(1, Ordering::Relaxed);
        })
    };
    let mut timers = cores::online().map(start).collect::<Result<Vec<Timer>, TimerError>>()?;
    timers.push(Timer::once(cores::current(), NEVER_NS, |_| ())?);
    // The handler owns the timers: what a `static` has on the heap would stay there.
    let _: Binding = TICKER.owned(&TOWER)?.install(move |number| {
        let timer = timers.get(*number as usize % timers.len());
        ticks.load(Ordering::Relaxed).wrapping_add(u64::from(timer.is_some()))
    })?;
    me.open("ticker", &TICKER)?;
    Ok(())
}

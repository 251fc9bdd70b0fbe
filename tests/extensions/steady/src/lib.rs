//! steady: a load that others' failures must not disturb. `raise steady 500` raises an event of its own that often on this core, has as many posts
//! arrive on another one, and says how many of both were handled.
#![no_std]

use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, CoreId, Event, Owner, Sum, cores};

extension! { name: "steady", init: init }

/// Owns the events of this extension.
static STEADY: Owner = Owner::new();

static WORK: Event<u32, u32, Sum> = Event::new("steady-work", &STEADY);
static ARRIVAL: Event<u32> = Event::new("steady-arrival", &STEADY);
static RUN: Event<Count> = Event::new("steady", &STEADY);

/// How many posts have arrived.
static ARRIVED: AtomicU32 = AtomicU32::new(0);

/// How much is to be done.
struct Count(u32);

/// That is no number.
struct NoCount;

impl fmt::Display for NoCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number is wanted")
    }
}

impl FromStr for Count {
    type Err = NoCount;

    fn from_str(text: &str) -> Result<Self, NoCount> {
        text.trim().parse().map(Self).map_err(|_| NoCount)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    for share in 1..=3 {
        let _: Binding = WORK.owned(&STEADY)?.install(move |_| share)?;
    }
    let _: Binding = ARRIVAL.owned(&STEADY)?.install(|number| {
        ARRIVED.fetch_add(*number, Ordering::Relaxed);
    })?;
    let _: Binding = RUN.owned(&STEADY)?.install(move |count| {
        let raised = (0..count.0).filter(|number| WORK.raise(number) == 6).count();
        let posted = post(count.0);
        let _ = writeln!(console, "steady: {raised} raises, {posted} posts of {}", count.0);
    })?;
    me.open("steady", &RUN)?;
    Ok(())
}

/// Has so many posts handled by the last core; says how many were. On the only core there is, they are handled here.
fn post(count: u32) -> u32 {
    let core = cores::online().last().unwrap_or(CoreId::FIRST);
    let before = ARRIVED.load(Ordering::Relaxed);
    for _ in 0..count {
        if core == cores::current() {
            ARRIVAL.raise(&1);
            continue;
        }
        // Until a slot is free.
        while ARRIVAL.post(core, 1).is_err() {
            cores::relax();
        }
    }
    while core != cores::current() && ARRIVED.load(Ordering::Relaxed).wrapping_sub(before) < count {
        cores::relax();
    }
    ARRIVED.load(Ordering::Relaxed).wrapping_sub(before)
}

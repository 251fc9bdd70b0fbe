//! victim: work of which every result is checked, for `./x inject` to flip bits under.
//!
//! `raise victim 20` works that many rounds: each posts its number to this core and to the last one, and computes something out of
//! a table of variables, a list on the heap and a recursion; what came of it is compared with what came of it when nothing
//! was wrong. `raise victim-told` says how many posts have arrived since the load. Where the work is done is said at the load.
//!
//! Each handler has a budget: one whose count was changed is not to go on for ever.
#![no_std]

extern crate alloc;

mod work;

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::sync::atomic::Ordering;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Budget, CoreId, Event, Owner, cores};

use work::{KINDS, OWN, Own, work};

extension! { name: "victim", init: init }

/// Owns the events of this extension.
static VICTIM: Owner = Owner::new();

static RUN: Event<Count> = Event::new("victim", &VICTIM);
static TOLD: Event<Nothing> = Event::new("victim-told", &VICTIM);
static ARRIVAL: Event<u64> = Event::new("victim-arrival", &VICTIM);

/// Far more than any handler takes.
const BUDGET: Budget = Budget::microseconds(100_000);
/// Half of the bits of a post are the other half's complement.
const HALF: u32 = 32;

/// How many rounds.
struct Count(u32);

/// No text is wanted.
struct Nothing;

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

impl FromStr for Nothing {
    type Err = NoCount;

    fn from_str(_: &str) -> Result<Self, NoCount> {
        Ok(Self)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let right: Vec<u64> = (0..KINDS).map(work).collect();
    let _: Binding = ARRIVAL.owned(&VICTIM)?.bind().budget(BUDGET).install(|number| {
        let is_whole = (*number >> HALF) as u32 == !(*number as u32);
        OWN.arrived.fetch_add(1, Ordering::Relaxed);
        OWN.damaged.fetch_add((!is_whole).into(), Ordering::Relaxed);
    })?;
    let teller = console.clone();
    let _: Binding = TOLD.owned(&VICTIM)?.bind().budget(BUDGET).install(move |_| {
        let (arrived, damaged) = (OWN.arrived.load(Ordering::Relaxed), OWN.damaged.load(Ordering::Relaxed));
        let _ = writeln!(teller, "victim: {arrived} arrived, {damaged} damaged");
    })?;
    tell_places(&console);
    let _: Binding = RUN.owned(&VICTIM)?.bind().budget(BUDGET).install(move |count| {
        let wrong = rounds(count.0, &right);
        let _ = writeln!(console, "victim: {} rounds, {wrong} wrong", count.0);
    })?;
    me.open("victim", &RUN)?;
    me.open("victim-told", &TOLD)?;
    Ok(())
}

/// Says where the functions and the variables are that bits are flipped in.
fn tell_places(console: &Console) {
    let (rounds, work, own) =
        (rounds as *const () as usize, work as *const () as usize, (&raw const OWN) as usize);
    let end = own + size_of::<Own>();
    let _ = writeln!(console, "victim: rounds at {rounds:#x}, work at {work:#x}, own at {own:#x}..{end:#x}");
}

/// Works; says how many results were wrong. Its frame is where the stack of the work begins.
#[inline(never)]
fn rounds(count: u32, right: &[u64]) -> u32 {
    let mut wrong = 0;
    for round in 0..count {
        let number = u64::from(!round) << HALF | u64::from(round);
        for core in [cores::current(), cores::online().last().unwrap_or(CoreId::FIRST)] {
            // A post that is lost is missed when the arrivals are told.
            let _ = ARRIVAL.post(core, number);
        }
        let kind = round % KINDS;
        if right.get(kind as usize) != Some(&work(kind)) {
            wrong += 1;
        }
    }
    wrong
}

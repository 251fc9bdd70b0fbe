//! glutton: takes more than it may have, of whatever there is a quota of. `raise gorge bindings` binds handlers until it is refused,
//! and `raise gorge slots` posts until it is; each says how many there were and gives them back. `raise gorge time` has half of
//! a core from then on, if it can: it says how often it had its turn. `raise gorge leaks` keeps what the kernel makes for it until
//! it gets no more, and `raise gorge more-leaks` what it is given as capabilities, names and references.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_capability::{Issuer, MOST_SLOTS, References};
use spindle_clock::{Timer, frequency_hz, now_ticks};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Exclusive, InstallError, Owner, PostError, cores};
use spindle_nameserver::list_below;

extension! { name: "glutton", init: init }

/// Owns the events of this extension.
static GLUTTON: Owner = Owner::new();
/// Raised to take something.
static GORGE: Event<Dish> = Event::new("gorge", &GLUTTON);
/// What handlers are bound to, and what is posted.
static MORSEL: Event<u64> = Event::new("morsel", &GLUTTON);

/// Issues what is leaked.
static ISSUER: Issuer = Issuer::new();

/// How often it wants the core, in nanoseconds.
const PERIOD_NS: u64 = 10_000_000;
/// For how long: a part of a second.
const PART: u64 = 200;
/// How many turns it has between what it says of them.
const SAY_EVERY: u64 = 20;

static TURNS: AtomicU64 = AtomicU64::new(0);
/// Kept so that it does expire.
static TIMER: Exclusive<Option<Timer>> = Exclusive::new(None);

/// What there is to take.
enum Dish {
    Bindings,
    Slots,
    Time,
    Leaks,
    MoreLeaks,
}

/// There is nothing of that name.
struct NoDish;

impl fmt::Display for NoDish {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("say `bindings`, `slots`, `time`, `leaks` or `more-leaks`")
    }
}

impl FromStr for Dish {
    type Err = NoDish;

    fn from_str(text: &str) -> Result<Self, NoDish> {
        match text.trim() {
            "bindings" => Ok(Self::Bindings),
            "slots" => Ok(Self::Slots),
            "time" => Ok(Self::Time),
            "leaks" => Ok(Self::Leaks),
            "more-leaks" => Ok(Self::MoreLeaks),
            _ => Err(NoDish),
        }
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = GORGE.owned(&GLUTTON)?.install(move |dish: &Dish| match dish {
        Dish::Bindings => bind(&console),
        Dish::Slots => post(&console),
        Dish::Time => burn(&console),
        Dish::Leaks => leak(),
        Dish::MoreLeaks => leak_more(),
    })?;
    me.open("gorge", &GORGE)?;
    Ok(())
}

fn bind(console: &Console) {
    let Ok(morsel) = MORSEL.owned(&GLUTTON) else { return };
    let mut bindings: Vec<Binding> = Vec::new();
    let refused = loop {
        match morsel.install(|_| ()) {
            Ok(binding) => bindings.push(binding),
            Err(refused) => break refused,
        }
    };
    let (count, is_typed) = (bindings.len(), matches!(refused, InstallError::OverQuota { .. }));
    let _ = writeln!(console, "glutton: {count} more bindings, then: {refused} ({is_typed})");
    bindings.iter().for_each(|binding| _ = binding.uninstall_soon());
}

/// Here nothing of it runs before this is over.
fn post(console: &Console) {
    let mut count = 0;
    let refused = loop {
        match MORSEL.post(cores::current(), count) {
            Ok(_) => count += 1,
            Err(refused) => break refused,
        }
    };
    let is_typed = matches!(refused, PostError::OverQuota { .. });
    let _ = writeln!(console, "glutton: {count} posts, then: {refused} ({is_typed})");
}

/// Does not come back.
fn leak() {
    loop {
        core::mem::forget(list_below("/"));
        core::mem::forget(MORSEL.bindings());
    }
}

/// Does not come back.
fn leak_more() {
    loop {
        let issued = core::mem::ManuallyDrop::new(ISSUER.issue_static(&MORSEL));
        let Ok(table) = References::new(MOST_SLOTS) else { return };
        let table = core::mem::ManuallyDrop::new(table);
        // What is refused is dropped: there is no more.
        let _ = table.externalize(issued.capability());
    }
}

fn burn(console: &Console) {
    let console = console.clone();
    let timer = Timer::periodic(cores::current(), PERIOD_NS, move |_| {
        let end = now_ticks() + frequency_hz() / PART;
        while now_ticks() < end {
            core::hint::spin_loop();
        }
        let turns = TURNS.fetch_add(1, Ordering::Relaxed) + 1;
        if turns.is_multiple_of(SAY_EVERY) {
            let _ = writeln!(console, "glutton: {turns} turns");
        }
    });
    if let Ok(timer) = timer {
        let _ = TIMER.with(|place| place.replace(timer));
    }
}

//! Turns: what a core does next, how long, and what is said at the end.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_console::Console;
use spindle_event::{Binding, CoreId, Event, InstallError, cores};

use crate::account::{self, CAME, DUE, INSTALLS, PUT_OFF, RAISES, RAN, RAN_LATER, SENT, SWAPS, WRONG, check};
use crate::{STORMY, guests, later, pair, say};

/// A core's turn, with its dice.
static TURN: Event<u64> = Event::new("storm-turn", &STORMY);
/// All cores have had their last turn; looks whether all has arrived.
static CLOSE: Event<()> = Event::new("storm-close", &STORMY);

/// What a core does in one turn.
const STEPS: u32 = 32;
const NS_PER_SECOND: u64 = 1_000_000_000;

static IS_STORMING: AtomicBool = AtomicBool::new(false);
static UNTIL_NS: AtomicU64 = AtomicU64::new(0);
/// Cores that have turns to come.
static AT_WORK: AtomicU64 = AtomicU64::new(0);
/// How many storms there were.
static STORMS: AtomicU64 = AtomicU64::new(0);

pub(crate) fn serve(console: &Console) -> Result<(), InstallError> {
    let _: Binding = TURN.owned(&STORMY)?.install(|dice| turn(*dice))?;
    let console = console.clone();
    let _: Binding = CLOSE.owned(&STORMY)?.install(move |()| close(&console))?;
    Ok(())
}

pub(crate) fn begin(seconds: u64, console: &Console) -> Result<(), InstallError> {
    if IS_STORMING.swap(true, Ordering::AcqRel) {
        say(console, format_args!("event storm: one is blowing already\n"));
        return Ok(());
    }
    account::clear();
    pair::set_up()?;
    guests::set_up()?;
    later::set_up()?;
    UNTIL_NS.store(spindle_clock::now_ns() + seconds * NS_PER_SECOND, Ordering::Relaxed);
    AT_WORK.store(cores::count() as u64, Ordering::Relaxed);
    say(console, format_args!("event storm: {seconds} s on {} cores\n", cores::count()));
    for core in cores::online() {
        // Not zero, and another one for each core.
        take_turn(core, 0x9e37_79b9_7f4a_7c15 ^ (core.index() as u64 + 1));
    }
    Ok(())
}

/// Has `core` have a turn. There is a slot for it: see `later.rs`.
fn take_turn(core: CoreId, dice: u64) {
    if TURN.post(core, dice).is_err() {
        check(false);
        leave();
    }
}

fn turn(mut dice: u64) {
    for _ in 0..STEPS {
        dice = throw(dice);
        let more = dice >> 8;
        match dice % 16 {
            0 => pair::exchange(),
            1..=5 => pair::raise(),
            6 => guests::come_or_go(more),
            7..=10 => guests::raise(more),
            _ => later::send(more),
        }
    }
    if spindle_clock::now_ns() < UNTIL_NS.load(Ordering::Relaxed) {
        return take_turn(cores::current(), dice);
    }
    leave();
}

/// A core has had its last turn.
fn leave() {
    // AcqRel: who is last sees what all others counted.
    if AT_WORK.fetch_sub(1, Ordering::AcqRel) == 1 {
        CLOSE.raise(&());
    }
}

/// The next number of a generator that is good enough for dice (xorshift64, Marsaglia 2003).
fn throw(mut dice: u64) -> u64 {
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^ (dice << 17)
}

/// Sums up when all that is on its way has arrived; until then, comes again behind it.
fn close(console: &Console) {
    let has_arrived = CAME.sum() >= SENT.sum() && RAN_LATER.sum() >= PUT_OFF.sum();
    if !has_arrived && CLOSE.post(cores::current(), ()).is_ok() {
        return;
    }
    check(CAME.sum() == SENT.sum() && RAN_LATER.sum() == PUT_OFF.sum());
    check(RAN.sum() == DUE.sum());
    check(pair::take_down());
    check(guests::take_down());
    check(later::take_down());
    let (raises, posts, installs, swaps) = (RAISES.sum(), SENT.sum(), INSTALLS.sum(), SWAPS.sum());
    let (wrong, number) = (WRONG.sum(), STORMS.fetch_add(1, Ordering::Relaxed) + 1);
    IS_STORMING.store(false, Ordering::Release);
    say(
        console,
        format_args!(
            "event storm {number} over: {raises} raises, {posts} posts, {installs} installs, {swaps} swaps, {wrong} wrong\n"
        ),
    );
}

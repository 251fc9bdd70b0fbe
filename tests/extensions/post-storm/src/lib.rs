//! post-storm: every core posts to every other core, and every letter is accounted for.
//!
//! `raise post-storm COUNT` starts it and returns; each core then sends COUNT letters to each other core, numbered, and each
//! receiver holds every sender to its numbers: one missing, one twice or two exchanged all show as the wrong next number. The
//! last letter of all prints `storm over:` and what was found.
#![no_std]

use core::num::ParseIntError;
use core::str::FromStr;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, CoreId, Event, Owner, cores};

extension! { name: "post-storm", init: init }

/// Owns the events of this extension.
static STORMY: Owner = Owner::new();

/// Most cores that take part.
const CORES: usize = 32;
/// Letters that a core sends before it lets its inbox have a turn.
const TURN: u32 = 24;

/// Most letters that a core has on their way. Fewer than it has slots, by more than the letters that are being read (one on
/// each core, counted as in, its slot not yet back) and its own turns to send.
const ON_THEIR_WAY: u32 = 400;

/// How many letters each core sends to each other one.
struct Count(u32);

impl FromStr for Count {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

/// What is posted.
struct Letter {
    from: u8,
    to: u8,
    number: u32,
}

static STORM: Event<Count> = Event::new("post-storm", &STORMY);
static LETTER: Event<Letter> = Event::new("post-storm-letter", &STORMY);
/// A core's turn to send.
static PUMP: Event<()> = Event::new("post-storm-pump", &STORMY);

const ZERO: AtomicU32 = AtomicU32::new(0);
const ROW: [AtomicU32; CORES] = [ZERO; CORES];
/// By sender and receiver: the number that goes out next.
static NEXT_OUT: [[AtomicU32; CORES]; CORES] = [ROW; CORES];
/// By sender and receiver: the number that must come in next.
static NEXT_IN: [[AtomicU32; CORES]; CORES] = [ROW; CORES];
static WANTED: AtomicU32 = AtomicU32::new(0);
static ARRIVED: AtomicU64 = AtomicU64::new(0);
static EXPECTED: AtomicU64 = AtomicU64::new(0);
static OUT_OF_ORDER: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);
static RUNNING: AtomicBool = AtomicBool::new(false);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = LETTER.owned(&STORMY)?.install(move |letter| receive(letter, &console))?;
    let _: Binding = PUMP.owned(&STORMY)?.install(|()| send())?;
    let console = Console::open()?;
    let _: Binding = STORM.owned(&STORMY)?.install(move |count| begin(count, &console))?;
    me.open("post-storm", &STORM)?;
    Ok(())
}

fn begin(count: &Count, console: &Console) {
    if RUNNING.swap(true, Ordering::AcqRel) {
        say(console, format_args!("storm: one is blowing already\n"));
        return;
    }
    let cores = cores::count() as u64;
    for cell in NEXT_OUT.iter().chain(&NEXT_IN).flatten() {
        cell.store(0, Ordering::Relaxed);
    }
    for counter in [&ARRIVED, &OUT_OF_ORDER, &REFUSED] {
        counter.store(0, Ordering::Relaxed);
    }
    WANTED.store(count.0, Ordering::Relaxed);
    // Release: whoever sees a letter sees what was set up before it was sent, through the inbox.
    EXPECTED.store(cores * (cores - 1) * u64::from(count.0), Ordering::Release);
    say(console, format_args!("storm: {cores} cores, {} posts each way\n", count.0));
    for core in cores::online() {
        if PUMP.post(core, ()).is_err() {
            say(console, format_args!("storm: core {core} takes no post\n"));
        }
    }
}

/// Sends up to a turn of letters to each other core and comes back for the rest, behind what has arrived meanwhile.
fn send() {
    let from = cores::current().index();
    let wanted = WANTED.load(Ordering::Relaxed);
    let is_unfinished = |to: CoreId| NEXT_OUT[from][to.index()].load(Ordering::Relaxed) < wanted;
    let others = || cores::online().filter(|core| core.index() != from);
    // First, so that it is behind nothing of this turn. There is a slot: see `ON_THEIR_WAY`.
    if others().any(is_unfinished) && PUMP.post(cores::current(), ()).is_err() {
        OUT_OF_ORDER.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let mut room = ON_THEIR_WAY.saturating_sub(others().map(|to| on_their_way(from, to)).sum());
    for to in others() {
        let next = &NEXT_OUT[from][to.index()];
        for _ in 0..TURN.min(room) {
            let number = next.load(Ordering::Relaxed);
            if number == wanted {
                break;
            }
            room -= 1;
            let letter = Letter { from: from as u8, to: to.index() as u8, number };
            if LETTER.post(to, letter).is_err() {
                REFUSED.fetch_add(1, Ordering::Relaxed);
                return;
            }
            next.store(number + 1, Ordering::Relaxed);
        }
    }
}

/// How many letters to `to` have not come in. Only this core counts what goes out; what comes in meanwhile makes it fewer.
fn on_their_way(from: usize, to: CoreId) -> u32 {
    let (sent, received) = (&NEXT_OUT[from][to.index()], &NEXT_IN[from][to.index()]);
    sent.load(Ordering::Relaxed).saturating_sub(received.load(Ordering::Relaxed))
}

fn receive(letter: &Letter, console: &Console) {
    let next = &NEXT_IN[usize::from(letter.from)][usize::from(letter.to)];
    // Only this core counts for its own column.
    let is_next = next.load(Ordering::Relaxed) == letter.number;
    if !is_next || cores::current().index() != usize::from(letter.to) {
        OUT_OF_ORDER.fetch_add(1, Ordering::Relaxed);
    }
    next.store(letter.number + 1, Ordering::Relaxed);
    // AcqRel: who counts the last letter sees what all others found.
    let arrived = ARRIVED.fetch_add(1, Ordering::AcqRel) + 1;
    if arrived == EXPECTED.load(Ordering::Acquire) {
        tell(console, arrived);
    }
}

fn tell(console: &Console, arrived: u64) {
    let wrong = OUT_OF_ORDER.load(Ordering::Relaxed);
    let refused = REFUSED.load(Ordering::Relaxed);
    RUNNING.store(false, Ordering::Release);
    say(console, format_args!("storm over: {arrived} arrived, {wrong} wrong, {refused} times no slot\n"));
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
fn say(console: &Console, what: core::fmt::Arguments<'_>) {
    let _ = console.write_fmt(what);
}

//! Steady: the load that must not notice, and what it would notice.
//!
//! A core raises an event whose three handlers give a sum that is known; one of them uses the heap. And it posts, to any core, itself
//! included: what arrives bears the number that is next between those two, so that one that comes twice, too late or elsewhere is
//! wrong, and one that never comes is lost.

use alloc::vec;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Binding, CoreId, Event, InstallError, Sum, cores};

use crate::{CORES, OWNER, dice};

static WORK: Event<u32, u32, Sum> = Event::new("chaos-work", &OWNER);
static ARRIVAL: Event<Letter> = Event::new("chaos-arrival", &OWNER);

/// How often it raises at a time.
const RAISES: u64 = 16;
/// The share of the work that needs the heap.
const ON_THE_HEAP: usize = 3;

/// What is posted.
#[derive(Clone, Copy)]
struct Letter {
    from: u16,
    to: u16,
    /// The how many-th of that sender to that receiver, from 0.
    number: u64,
}

/// By sender and receiver: how many were posted, and how many have arrived. The first is the sender's alone, the other the
/// receiver's; who adds them up does so when both have come to rest. So `Relaxed` is enough, as for what only counts.
static POSTED: [[AtomicU64; CORES]; CORES] = [const { [const { AtomicU64::new(0) }; CORES] }; CORES];
static ARRIVED: [[AtomicU64; CORES]; CORES] = [const { [const { AtomicU64::new(0) }; CORES] }; CORES];
static RAISED: AtomicU64 = AtomicU64::new(0);
static TURNS: AtomicU64 = AtomicU64::new(0);
/// Turns that were due, by core: since when, and so far. A turn that comes too late for the next one stands for both.
static DUE: [[AtomicU64; 2]; CORES] = [const { [const { AtomicU64::new(0) }; 2] }; CORES];
static WRONG: AtomicU64 = AtomicU64::new(0);
static WORST_TICKS: AtomicU64 = AtomicU64::new(0);

/// What came of it.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    pub(crate) raises: u64,
    /// Turns it had, and turns that were due.
    pub(crate) turns: u64,
    pub(crate) due: u64,
    pub(crate) posts: u64,
    /// The longest time that one raise took, in ticks of the counter, with all that came in between: interrupts, and under QEMU
    /// the turns of other cores and of the host.
    pub(crate) worst_ticks: u64,
    /// Sums that were not as they should be, posts that came elsewhere or not in their order.
    pub(crate) wrong: u64,
    /// Posts that did not arrive.
    pub(crate) lost: u64,
}

pub(crate) fn serve() -> Result<(), InstallError> {
    let work = WORK.owned(&OWNER)?;
    let _: Binding = work.install(|number| *number)?;
    let _: Binding = work.install(|number| 2 * number)?;
    let _: Binding = work.install(|number| vec![*number; ON_THE_HEAP].iter().sum())?;
    let _: Binding = ARRIVAL.owned(&OWNER)?.install(arrive)?;
    Ok(())
}

pub(crate) fn clear() {
    let counts = POSTED.iter().chain(&ARRIVED).flatten().chain([&RAISED, &WRONG, &WORST_TICKS]);
    counts.for_each(|count| count.store(0, Ordering::Relaxed));
}

/// Raises a few times on this core, which is `here`, and posts once; `count` turns were due since its timer has begun.
pub(crate) fn turn(here: usize, count: u64) {
    TURNS.fetch_add(1, Ordering::Relaxed);
    let [before, so_far] = &DUE[here];
    if before.load(Ordering::Relaxed) == 0 {
        before.store(count, Ordering::Relaxed);
    }
    so_far.store(count, Ordering::Relaxed);
    for _ in 0..RAISES {
        let number = dice::roll(here, 1 << 16) as u32;
        let before = spindle_clock::now_ticks();
        let sum = WORK.raise(&number);
        let ticks = spindle_clock::now_ticks().saturating_sub(before);
        WORST_TICKS.fetch_max(ticks, Ordering::Relaxed);
        expect(sum == 6 * number);
    }
    RAISED.fetch_add(RAISES, Ordering::Relaxed);
    post(here);
}

fn post(from: usize) {
    let to = dice::roll(from, cores::count() as u64) as usize;
    let (Some(core), Some(posted)) = (CoreId::new(to), POSTED[from].get(to)) else { return };
    let letter = Letter { from: from as u16, to: to as u16, number: posted.load(Ordering::Relaxed) };
    // Without a slot, of which the culprit takes all it gets, it was not posted.
    if ARRIVAL.post(core, letter).is_ok() {
        posted.fetch_add(1, Ordering::Relaxed);
    }
}

fn arrive(letter: &Letter) {
    let arrived = &ARRIVED[usize::from(letter.from)][usize::from(letter.to)];
    let is_next = arrived.fetch_add(1, Ordering::Relaxed) == letter.number;
    expect(is_next && cores::current().index() == usize::from(letter.to));
}

fn expect(is_right: bool) {
    WRONG.fetch_add(u64::from(!is_right), Ordering::Relaxed);
}

/// Whether all that was posted has arrived.
pub(crate) fn is_quiet() -> bool {
    account().lost == 0
}

/// Counts turns from here on.
pub(crate) fn begin() {
    [&TURNS].into_iter().chain(DUE.iter().flatten()).for_each(|count| count.store(0, Ordering::Relaxed));
}

fn due(before: &AtomicU64, so_far: &AtomicU64) -> u64 {
    match before.load(Ordering::Relaxed) {
        0 => 0,
        before => so_far.load(Ordering::Relaxed) - before + 1,
    }
}

pub(crate) fn account() -> Account {
    let sum = |counts: &[[AtomicU64; CORES]; CORES]| -> u64 {
        counts.iter().flatten().map(|count| count.load(Ordering::Relaxed)).sum()
    };
    let arrived = sum(&ARRIVED);
    let posts = sum(&POSTED);
    Account {
        raises: RAISED.load(Ordering::Relaxed),
        turns: TURNS.load(Ordering::Relaxed),
        due: DUE.iter().map(|[before, so_far]| due(before, so_far)).sum(),
        posts,
        worst_ticks: WORST_TICKS.load(Ordering::Relaxed),
        wrong: WRONG.load(Ordering::Relaxed),
        lost: posts.saturating_sub(arrived),
    }
}

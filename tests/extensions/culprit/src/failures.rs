//! Failures: what is done in each way.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use spindle_clock::now_ns;
use spindle_console::Console;
use spindle_event::{Budget, CoreId, Event, cores};

use crate::way::Way;
use crate::{CULPRIT, TARGET, bombs, brink, locks, patched};

/// How long a handler may take that is to be ended.
const SHORT: Budget = Budget::microseconds(300);

/// The same for one that has something to do before: the host may not let it run for a while.
const LONGER: Budget = Budget::microseconds(50_000);

/// How often something was destroyed.
static DESTROYED: AtomicUsize = AtomicUsize::new(0);
/// What happens when [`Fragile`] is destroyed: nothing, a panic, or a loop.
static AT_END: AtomicU64 = AtomicU64::new(0);

/// Fails.
pub(crate) fn fail(way: Way, console: &Console) {
    match way {
        Way::Panic => panic!("asked to"),
        Way::Deep => deep(console),
        Way::Destructor => {
            let _second = Explosive;
            panic!("the first of two");
        }
        Way::Bounds => {
            black_box(black_box([1, 2, 3])[black_box(7)]);
        }
        Way::Division => {
            black_box(black_box(i64::MIN) / black_box(-1));
        }
        Way::Recursion => {
            black_box(deeper(0));
        }
        Way::HugeFrame => {
            black_box(huge(black_box(1)));
        }
        Way::Hoard => bombs::hoard(),
        Way::Bindings => bombs::bind(console),
        Way::Posts => bombs::post(console),
        Way::Strands => bombs::strands(console),
        Way::Abort => {
            black_box(patched::abort());
        }
        Way::WildCall => {
            black_box(patched::wild_call());
        }
        Way::MaskedAbort => {
            black_box(patched::masked_abort());
        }
        Way::MaskedPanic => {
            black_box(patched::mask());
            panic!("asked to, with interrupts masked");
        }
        Way::MaskedLoop => send(cores::online().last(), STAY_MASKED),
        Way::MaskedLoopUnslept => {
            send(cores::online().last(), STAY_MASKED);
            nap(7);
        }
        Way::BusyLoop => send(cores::online().nth(1), STAY),
        Way::Runaway => send(cores::online().last(), STAY),
        Way::RunawayWait => send(cores::online().last(), STAY_WAITING),
        Way::PostedLoop => {
            if let Some(core) = cores::online().last() {
                let _ = KNOT.post(core, Knot);
            }
        }
        Way::Brink => brink::sweep(console),
        Way::Nap => nap(3),
        Way::StrayInterrupt => patched::stray_interrupt(),
        Way::SystemError => {
            black_box(patched::call_above());
        }
        Way::Callback => {
            black_box(format!("{}", Unspeakable));
        }
        Way::Lock => locks::panic(),
        Way::LockAbort => locks::abort(),
        Way::AtUnload => AT_END.store(1, Ordering::Relaxed),
        Way::LoopAtUnload => AT_END.store(2, Ordering::Relaxed),
        Way::Loop
        | Way::LockLoop
        | Way::GuardLoop
        | Way::GuardPanic
        | Way::Wait
        | Way::Drip
        | Way::WildReturn => held(way, console),
    }
}

/// Raised at [`TARGET`], on a core that is never to come back: with interrupts masked, without, or by way of the kernel.
const STAY_MASKED: u64 = u64::MAX;
const STAY: u64 = u64::MAX - 1;
const STAY_WAITING: u64 = u64::MAX - 2;

/// Posted to nobody.
static KNOT: Event<Knot> = Event::new("knot", &CULPRIT);

/// Is never destroyed to its end.
struct Knot;

impl Drop for Knot {
    fn drop(&mut self) {
        black_box(forever());
    }
}

/// Has `core` do as `how` says.
fn send(core: Option<CoreId>, how: u64) {
    if let Some(core) = core {
        // What is not sent stays nowhere, which the test sees.
        let _ = TARGET.post(core, how);
    }
}

/// Never comes back, if that is how.
pub(crate) fn stay(how: u64) {
    if how == STAY_MASKED {
        black_box(patched::mask());
    }
    if how >= STAY {
        black_box(forever());
    }
    while how == STAY_WAITING {
        // A function of the kernel; what it wakes is nobody.
        let _ = TARGET.bindings();
    }
}

/// What is tried with a handler of its own, which is held to a budget or stands behind a guard.
fn held(way: Way, console: &Console) {
    let Ok(target) = TARGET.owned(&CULPRIT) else { return };
    let binding = match way {
        Way::GuardLoop => target.bind().guard(|_: &u64| forever() == 0).install(|_| ()),
        Way::GuardPanic => target.bind().guard(|_: &u64| panic!("a guard was asked to")).install(|_| ()),
        Way::Wait => target.bind().budget(SHORT).install(|_| {
            loop {
                cores::relax();
            }
        }),
        Way::WildReturn => target.bind().budget(LONGER).install(|_| {
            black_box(patched::wild_return());
        }),
        Way::LockLoop => target.bind().budget(LONGER).install(|_| locks::go_on_for_ever()),
        Way::Drip => target.bind().budget(Budget::microseconds(50_000)).install(|_| nearly()),
        _ => target.bind().budget(SHORT).install(|_| {
            black_box(forever());
        }),
    };
    TARGET.raise(&1);
    if let Ok(binding) = binding {
        let _ = writeln!(console, "culprit: {way}: its handler is {}", binding.state());
        binding.uninstall_soon();
    }
}

/// Takes so many seconds.
fn nap(seconds: u64) {
    let begin = now_ns();
    while now_ns().wrapping_sub(begin) < seconds * 1_000_000_000 {
        cores::relax();
    }
}

/// Takes a part of what it may.
fn nearly() {
    for round in 0..1000_u64 {
        black_box(round);
    }
}

pub(crate) fn forever() -> u64 {
    let mut round = 0_u64;
    while black_box(round) != u64::MAX {
        round = round.wrapping_add(2);
    }
    round
}

/// Counts when it is destroyed.
struct Counted(#[expect(dead_code, reason = "it is to be given back")] Box<[u8; 100]>);

impl Counted {
    fn new() -> Self {
        Self(Box::new([7; 100]))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DESTROYED.fetch_add(1, Ordering::Relaxed);
    }
}

fn deep(console: &Console) {
    let before = DESTROYED.load(Ordering::Relaxed);
    let tell = Tell { before, console };
    nest(black_box(5));
    drop(tell);
}

#[inline(never)]
fn nest(depth: u32) -> usize {
    let counted = Counted::new();
    assert!(black_box(depth) > 0, "six frames deep");
    let below = nest(depth - 1);
    drop(counted);
    below + 1
}

/// Says how many were destroyed.
struct Tell<'a> {
    before: usize,
    console: &'a Console,
}

impl Drop for Tell<'_> {
    fn drop(&mut self) {
        let count = DESTROYED.load(Ordering::Relaxed) - self.before;
        let _ = writeln!(self.console, "culprit: {count} of 6 destroyed");
    }
}

struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("the second of two");
    }
}

/// Fails when it is destroyed, if it was asked to.
pub(crate) struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        match AT_END.load(Ordering::Relaxed) {
            1 => panic!("at the end"),
            2 => {
                black_box(forever());
            }
            _ => {}
        }
    }
}

/// Never comes back.
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1) + frame[(depth % 8) as usize] }
}

/// Larger than the stack.
#[inline(never)]
fn huge(seed: u8) -> u8 {
    let mut frame = [seed; 256 << 10];
    black_box(&mut frame);
    frame[usize::from(seed)]
}

/// Panics when it is formatted: then functions of `core` stand between.
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _held: String = "something to destroy".into();
        panic!("it has no words")
    }
}

/// The core with the highest number.
pub(crate) fn last_core() -> CoreId {
    cores::online().last().unwrap_or(CoreId::FIRST)
}

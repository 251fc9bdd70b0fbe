//! Brink: calls of the kernel with next to nothing left of the stack, at each distance from its end.

use alloc::vec::Vec;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use spindle_console::Console;
use spindle_domain::Mutex;
use spindle_event::{Budget, Event, cores};

use crate::{CULPRIT, TARGET};

/// What is done to the kernel's structures at the brink.
static BRINK: Event<u64> = Event::new("brink", &CULPRIT);
/// The same, with a handler within a boundary.
static HELD: Event<u64> = Event::new("brink-held", &CULPRIT);
static LOCK: Mutex<u64> = Mutex::new(0);

/// The lowest address that a frame was seen at.
static LOWEST: AtomicUsize = AtomicUsize::new(usize::MAX);
/// How many steps came back.
static BACK: AtomicU64 = AtomicU64::new(0);

/// How far from the end of the stack it begins, and how much nearer each step is, in bytes. Frames are as long as several of
/// these; so many phases are tried.
const FROM: usize = 4096;
const STEP: usize = 128;
const PHASES: usize = 8;
const PAGE: usize = 4096;
/// Ways to call the kernel, the last of which does not come back.
const CALLS: usize = 8;
const PANIC: usize = CALLS - 1;

/// Makes all calls at all distances; says how many came back.
pub(crate) fn sweep(console: &Console) {
    let Ok(held) = HELD.owned(&CULPRIT) else { return };
    let held = held.bind().budget(Budget::microseconds(50_000)).install(|_| ());
    step(None, 0, 0, console);
    // The last frame that was there was a little above the end.
    let end = LOWEST.load(Ordering::Relaxed) / PAGE * PAGE;
    let mut steps = 0;
    for call in 0..CALLS {
        for phase in 0..PHASES {
            for left in (0..FROM).step_by(STEP) {
                step(Some(end + left), phase, call, console);
                steps += 1;
            }
        }
    }
    let back = BACK.load(Ordering::Relaxed);
    let are_some_ended = back > 0 && back < steps;
    (0..PANIC).for_each(|call| act(call, console));
    let _ = writeln!(console, "culprit: brink: {steps} steps, some of them ended ({are_some_ended})");
    if let Ok(held) = held {
        held.uninstall_soon();
    }
}

/// One step, in a handler of its own.
fn step(to: Option<usize>, phase: usize, call: usize, console: &Console) {
    let Ok(target) = TARGET.owned(&CULPRIT) else { return };
    let console = console.clone();
    let binding = target.install(move |_| {
        black_box(shift(phase, to, call, &console));
        BACK.fetch_add(1, Ordering::Relaxed);
    });
    TARGET.raise(&1);
    if let Ok(binding) = binding {
        binding.uninstall_soon();
    }
}

/// Goes down in frames that are 16 bytes longer than those of [`down`].
#[inline(never)]
fn shift(phase: usize, to: Option<usize>, call: usize, console: &Console) -> u64 {
    let frame = black_box([phase as u64; 10]);
    let below = if phase == 0 { down(to, call, console) } else { shift(phase - 1, to, call, console) };
    below + frame[phase % 8]
}

/// Goes down to that address, or for ever, and calls the kernel there.
#[inline(never)]
fn down(to: Option<usize>, call: usize, console: &Console) -> u64 {
    let frame = black_box([call as u64; 8]);
    let here = (&raw const frame).addr();
    LOWEST.fetch_min(here, Ordering::Relaxed);
    if to.is_some_and(|to| here <= to) {
        act(call, console);
        return frame[call % 8];
    }
    down(to, call, console) + frame[call % 8]
}

/// Calls the kernel.
#[inline(never)]
fn act(call: usize, console: &Console) {
    match call {
        0 => {
            if let Ok(binding) = BRINK.install(|_| ()) {
                binding.uninstall_soon();
            }
        }
        1 => {
            let _ = BRINK.post(cores::current(), 1);
        }
        2 => BRINK.raise(&1),
        3 => drop(black_box(Vec::<u8>::with_capacity(5000))),
        4 => {
            let _ = write!(console, "{}", black_box(""));
        }
        5 => HELD.raise(&1),
        PANIC => panic!("at the brink"),
        _ => {
            let _ = LOCK.with(|count| *count += 1);
        }
    }
}

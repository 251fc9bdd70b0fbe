//! bench-handlers: the other domain of the benchmarks. It installs on the probes what a measurement asks for.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use bench_probes::{
    ENDLESS, FAILING, Failing, KEYED, LEND, Mark, NUMBER, PROBE, RANGE, SETUP, STAMP, Setup, TALLY,
};
use spindle_capability::Issuer;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Budget, CoreId, Exclusive, InstallError, Pattern, Placement};
use spindle_measure::{instructions, ticks};

extension! { name: "bench-handlers", init: init }

/// Issues what is lent.
static LENDER: Issuer = Issuer::new();

/// What is installed now.
static INSTALLED: Exclusive<Vec<Binding>> = Exclusive::new(Vec::new());

/// More than a handler needs that is raised a few hundred times.
const PLENTY: Budget = Budget::microseconds(100_000);
/// So long the endless handler goes on. Short, since nothing else happens meanwhile.
const BRIEF: Budget = Budget::microseconds(20);

fn init(_me: &Identity) -> InitResult {
    let _: Binding = SETUP.install(|setup| {
        let count = INSTALLED.with(|installed| set_up(installed, setup));
        // A raiser that asked for handlers sees by the number that it did not get them.
        count.map_or(usize::MAX, |count| count.unwrap_or(usize::MAX))
    })?;
    let count = LENDER.issue(AtomicU64::new(1));
    let _: Binding = LEND.install(move |()| count.capability().erase())?;
    let _: Binding = FAILING.install(fail)?;
    let _: Binding = ENDLESS.bind().budget(BRIEF).install(endless)?;
    Ok(())
}

fn set_up(installed: &mut Vec<Binding>, setup: &Setup) -> Result<usize, InstallError> {
    for binding in installed.drain(..) {
        binding.uninstall_soon();
    }
    for _ in 0..setup.filters {
        installed.push(PROBE.bind().install_filter(|number| *number += 1)?);
    }
    for turn in 0..setup.unguarded {
        installed.push(if turn == 0 { PROBE.install(handle)? } else { PROBE.install(nothing)? });
    }
    for _ in 0..setup.refusing {
        installed.push(PROBE.bind().guard(|number: &u64| *number == u64::MAX).install(nothing)?);
    }
    for _ in 0..setup.limited {
        installed.push(PROBE.bind().budget(PLENTY).install(handle)?);
    }
    if let Some(core) = setup.later {
        installed.push(stamp_later(core)?);
    }
    for number in 1..=setup.equal {
        installed.push(keyed(number, Pattern::equal(number.into()))?);
    }
    for number in 0..setup.ranges {
        let first = setup.equal + 1 + number * RANGE;
        let Ok(range) = Pattern::range(first.into()..=(first + RANGE - 1).into()) else { break };
        installed.push(keyed(first, range)?);
    }
    Ok(installed.len())
}

/// A handler that is there to be called and to return.
fn nothing(_: &u64) {}

/// As little as a handler can do without being nothing.
fn handle(number: &u64) {
    black_box(*number);
}

/// One that notes that it ran.
fn keyed(number: u32, pattern: Pattern) -> Result<Binding, InstallError> {
    let mark = Mark::new(number);
    KEYED.bind().when(&NUMBER, pattern).install(move |_| TALLY.add(mark))
}

/// One that says when it ran.
fn stamp_later(core: CoreId) -> Result<Binding, InstallError> {
    PROBE.bind().install_later(Placement::Core(core), |_| {
        let now = ticks();
        STAMP.store(now, Ordering::Release);
    })
}

/// One that says until when it ran.
fn endless((): &()) {
    loop {
        STAMP.store(instructions(), Ordering::Relaxed);
    }
}

fn fail(failing: &Failing) {
    match failing {
        Failing::Panic => drop(nest(black_box(5))),
        Failing::Frame => {
            black_box(huge(black_box(1)));
        }
        Failing::Recursion => {
            black_box(deeper(0));
        }
    }
}

/// Six frames, each with something on the heap.
#[inline(never)]
fn nest(depth: u32) -> Box<u32> {
    let own = Box::new(depth);
    assert!(black_box(depth) > 0, "six frames deep");
    let below = nest(depth - 1);
    Box::new(*own + *below)
}

/// Larger than the stack.
#[inline(never)]
fn huge(seed: u8) -> u8 {
    let mut frame = [seed; 256 << 10];
    black_box(&mut frame);
    frame[usize::from(seed)]
}

/// Never comes back, and says until when it got deeper.
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    STAMP.store(instructions(), Ordering::Relaxed);
    let frame = black_box([depth; 8]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1) + frame[(depth % 8) as usize] }
}

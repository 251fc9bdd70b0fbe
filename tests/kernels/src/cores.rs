//! Every core starts, once, with its own index and on a stack of its own.

use crate::setting::Setting;
use crate::suite::{Outcome, Test, check};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use spindle_machine::boot::ThisCore;
use spindle_machine::cores as machine_cores;
use spindle_sync::{MAX_CORES, this_core};

pub(crate) const TESTS: &[Test] = &[
    ("cores::all_start_with_their_own_index", all_start),
    ("cores::each_has_a_stack_of_its_own", stacks_are_apart),
    ("cores::what_one_writes_the_others_see", increments_add_up),
];

/// Turns of the wait loops before a core counts as missing: more than a core needs that its host keeps waiting for a second.
const PATIENCE: u64 = 8_000_000_000;
const INCREMENTS: u64 = 10_000;

static STARTED: [AtomicU64; MAX_CORES] = [const { AtomicU64::new(0) }; MAX_CORES];
static AFFINITY: [AtomicU64; MAX_CORES] = [const { AtomicU64::new(0) }; MAX_CORES];
static STACK: [AtomicUsize; MAX_CORES] = [const { AtomicUsize::new(0) }; MAX_CORES];
static COUNTER: AtomicU64 = AtomicU64::new(0);
static FINISHED: AtomicUsize = AtomicUsize::new(0);
/// What the other cores do once they have told of themselves.
static ON: AtomicUsize = AtomicUsize::new(0);

fn other(core: ThisCore) -> ! {
    let local = 0_u8;
    STACK[core.index].store((&raw const local) as usize, Ordering::Relaxed);
    AFFINITY[core.index].store(machine_cores::mpidr(), Ordering::Relaxed);
    STARTED[this_core::index()].fetch_add(1, Ordering::Release);
    while ON.load(Ordering::Acquire) == 0 {
        this_core::relax();
    }
    for _ in 0..INCREMENTS {
        COUNTER.fetch_add(1, Ordering::Relaxed);
    }
    FINISHED.fetch_add(1, Ordering::Release);
    crate::interrupts::serve(core.index)
}

/// Waits until `done` holds.
pub(crate) fn wait_for(mut done: impl FnMut() -> bool) -> bool {
    for _ in 0..PATIENCE / 64 {
        if done() {
            return true;
        }
        this_core::relax();
    }
    false
}

fn all_start(setting: &mut Setting) -> Outcome {
    setting.start_others(other)?;
    for (index, core) in setting.board.cores.iter().enumerate().skip(1) {
        let started = wait_for(|| STARTED[index].load(Ordering::Acquire) > 0);
        check!(started, "core {index} does not start");
        let affinity = AFFINITY[index].load(Ordering::Relaxed);
        check!(affinity == core.mpidr, "core {index} has affinity {affinity:#x}, not {:#x}", core.mpidr);
    }
    for (index, started) in STARTED.iter().enumerate().skip(setting.board.cores.len()) {
        check!(started.load(Ordering::Acquire) == 0, "core {index} started and is not in the tree");
    }
    Ok(())
}

fn stacks_are_apart(setting: &mut Setting) -> Outcome {
    let count = setting.board.cores.len();
    for index in 1..count {
        for before in 1..index {
            let [one, other] = [index, before].map(|index| STACK[index].load(Ordering::Relaxed));
            check!(
                one.abs_diff(other) >= 64 << 10,
                "cores {before} and {index} have stacks at {other:#x} and {one:#x}"
            );
        }
    }
    Ok(())
}

fn increments_add_up(setting: &mut Setting) -> Outcome {
    let others = setting.board.cores.len() - 1;
    ON.store(1, Ordering::Release);
    let finished = wait_for(|| FINISHED.load(Ordering::Acquire) == others);
    check!(finished, "{} of {others} cores finished", FINISHED.load(Ordering::Relaxed));
    let total = COUNTER.load(Ordering::Relaxed);
    check!(total == INCREMENTS * others as u64, "{total} increments of {others} cores");
    Ok(())
}

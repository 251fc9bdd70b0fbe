//! Starting the other cores: by PSCI, or through a spin table.
//!
//! Both bring a core to `boot.s` with MMU and caches off, so what it reads there is cleaned to memory first.

use super::boot::{ThisCore, this_core};
use super::memory::{KERNEL_MAP, stack_tops};
use super::{cache, image, power};
use crate::address::PhysAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use spindle_sync::{MAX_CORES, Once};

pub use crate::start_method::{Conduit, StartError, StartMethod};

/// What a core finds by its MPIDR. `boot.s` reads the rows as four words.
#[repr(C)]
struct Row {
    mpidr: AtomicU64,
    stack: AtomicU64,
    exception_stack: AtomicU64,
    index: AtomicU64,
}

const EMPTY: u64 = u64::MAX;

#[unsafe(no_mangle)]
static SECONDARIES: [Row; MAX_CORES] = [const {
    Row {
        mpidr: AtomicU64::new(EMPTY),
        stack: AtomicU64::new(0),
        exception_stack: AtomicU64::new(0),
        index: AtomicU64::new(0),
    }
}; MAX_CORES];

static MAIN: Once<fn(ThisCore) -> !> = Once::new();

unsafe extern "C" {
    /// Root of the kernel's tables, read by `boot.s` with the caches off.
    static secondary_root: AtomicU64;
    fn secondary_entry();
}

/// Starts core `index` with affinity `mpidr`, which will call `main`. The first call's `main` serves all.
///
/// Returns when the core has been asked to start, not when it runs.
///
/// # Errors
/// When the firmware refuses or memory is not set up.
///
/// # Context
/// The first core, after [`memory::initialise`](super::memory::initialise) for at least `index + 1` cores.
pub fn start(
    index: usize,
    mpidr: u64,
    method: StartMethod,
    main: fn(ThisCore) -> !,
) -> Result<(), StartError> {
    let row = SECONDARIES.get(index).ok_or(StartError::TooMany(index))?;
    let root = KERNEL_MAP.lock().as_ref().ok_or(StartError::NoMemory)?.root();
    MAIN.call_once(|| main);
    let (stack, exception_stack) = stack_tops(index);
    // Relaxed: the row is cleaned to memory, behind a barrier, before the core can read it.
    row.stack.store(stack.0 as u64, Ordering::Relaxed);
    row.exception_stack.store(exception_stack.0 as u64, Ordering::Relaxed);
    row.index.store(index as u64, Ordering::Relaxed);
    row.mpidr.store(mpidr, Ordering::Relaxed);
    // SAFETY: defined by `boot.s`, an aligned word that only this function writes.
    let root_word = unsafe { &secondary_root };
    root_word.store(root.0, Ordering::Relaxed);
    for (address, len_bytes) in
        [(row as *const Row as usize, size_of::<Row>()), (root_word.as_ptr() as usize, 8)]
    {
        cache::clean_to_memory(address..address + len_bytes);
    }
    let entry = image::physical(secondary_entry as *const () as usize);
    match method {
        StartMethod::Psci(Conduit::Hvc) => smccc::psci::cpu_on::<smccc::Hvc>(mpidr, entry.0, 0),
        StartMethod::Psci(Conduit::Smc) => smccc::psci::cpu_on::<smccc::Smc>(mpidr, entry.0, 0),
        StartMethod::SpinTable { release } => {
            release_from_spin_table(release, entry);
            Ok(())
        }
    }
    .map_err(|error| StartError::Psci { mpidr, error })
}

/// Devicetree Specification 0.4, 3.8.1; the firmware's loop reads the word uncached, hence the clean.
fn release_from_spin_table(release: PhysAddr, entry: PhysAddr) {
    let word = power::firmware_word(release);
    // SAFETY: the tree (or the board's description) names this word of RAM for this purpose; frame 0 and other reserved
    // memory is mapped linearly and nobody else's.
    unsafe { word.write_volatile(entry.0) };
    cache::clean_to_memory(word as usize..word as usize + 8);
    aarch64_cpu::asm::sev();
}

/// Called once by `boot.s` on each further core.
#[unsafe(no_mangle)]
extern "C" fn machine_other_core(index: u64) -> ! {
    match MAIN.get() {
        Some(main) => main(this_core(index as usize)),
        None => loop {
            super::idle::wait_for_interrupt();
        },
    }
}

/// Affinity of the calling core, as PSCI and the device tree write it.
#[must_use]
pub fn mpidr() -> u64 {
    use aarch64_cpu::registers::{MPIDR_EL1, Readable};
    MPIDR_EL1.get() & 0xff_00ff_ffff
}

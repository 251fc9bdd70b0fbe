//! Station: what a core has for strands.

use super::kept::Kept;
use super::record::Record;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use spindle_machine::context::Context;
use spindle_sync::{AtomicRef, MAX_CORES, Ready, this_core};

static STATIONS: [Station; MAX_CORES] = [const { Station::new() }; MAX_CORES];

/// A core's. Written by that core with interrupts masked, if nothing else is said.
// In this order, so that the word of the lock needs no address of its own; and found by a shift.
#[repr(C, align(2048))]
pub(super) struct Station {
    /// Who could run here, or where another core has time. Anybody's.
    pub(super) ready: Ready<Record>,
    /// The strand that runs here.
    pub(super) current: AtomicRef<Record>,
    /// One that has left for good, for whoever runs next to take back what it had.
    pub(super) over: AtomicRef<Record>,
    /// Whether whoever goes on here next has more to do than to open the queue: to take back what `over` had, or to look what he was told.
    pub(super) has_more: AtomicBool,
    /// One that an interrupt has set aside, for the host to put into its queue; and where in that.
    pub(super) set_aside: AtomicRef<Record>,
    pub(super) is_turn_over: AtomicBool,
    /// How soon to look again at who can't be set aside where it is, in microseconds.
    pub(super) retry_us: AtomicU64,
    /// The priority of who runs here, and one; none for the host. Written under the queue's lock, or before it is closed; others read
    /// it behind that.
    load: AtomicUsize,
    /// Whether the host is wanted. Written in interrupts as well.
    pub(super) is_called: AtomicBool,
    /// Whether somebody who was set aside may have another priority than where he stands. Written by any core.
    pub(super) has_to_sort: AtomicBool,
    /// Whether the one that runs was there at the last tick.
    pub(super) has_had_tick: AtomicBool,
    /// The run loop's registers, while a strand runs.
    pub(super) host: Context<Self>,
    /// Who was set aside here, or was taken over by this core: nobody takes them away.
    pub(super) aside: Ready<Record>,
    /// How often the host had a strand run.
    pub(super) switches: AtomicU64,
    /// Whose office it is, by number; the kernel's own has none. Written by any core.
    office: AtomicU64,
    /// Whose it was when the host last looked, and what is kept for that one.
    serves: AtomicU64,
    pub(super) kept: Kept,
    /// Those of them that were set aside.
    pub(super) kept_aside: Kept,
    /// How long they may be kept waiting, in ticks; zero for a tick each. Written by any core, before the office.
    patience_ticks: AtomicU64,
    /// How long strands have run here while a scheduler of an extension's had the office.
    pub(super) ran_ticks: AtomicU64,
}

/// What runs here has whoever comes told of, and is as urgent as any.
const GOVERNED: usize = 1 << (usize::BITS - 1);

impl Station {
    const fn new() -> Self {
        Self {
            ready: Ready::new(),
            current: AtomicRef::none(),
            over: AtomicRef::none(),
            has_more: AtomicBool::new(false),
            set_aside: AtomicRef::none(),
            is_turn_over: AtomicBool::new(false),
            retry_us: AtomicU64::new(0),
            load: AtomicUsize::new(0),
            is_called: AtomicBool::new(false),
            has_to_sort: AtomicBool::new(false),
            has_had_tick: AtomicBool::new(false),
            host: Context::new(),
            aside: Ready::new(),
            switches: AtomicU64::new(0),
            office: AtomicU64::new(0),
            serves: AtomicU64::new(0),
            kept: Kept::new(),
            kept_aside: Kept::new(),
            patience_ticks: AtomicU64::new(0),
            ran_ticks: AtomicU64::new(0),
        }
    }

    /// That of the core with this number.
    #[inline]
    pub(super) fn of(core: usize) -> &'static Self {
        // The remainder changes nothing: a core's number is below it. It spares the check of the index.
        &STATIONS[core % MAX_CORES]
    }

    /// This core's.
    #[inline]
    pub(super) fn here() -> &'static Self {
        Self::of(this_core::index())
    }

    /// The number of its core.
    pub(super) fn core(&self) -> usize {
        (ptr::from_ref(self).addr() - STATIONS.as_ptr().addr()) / size_of::<Self>()
    }

    /// Whether somebody who was set aside is no less urgent than `priority`.
    #[inline]
    pub(super) fn is_aside_due(&self, priority: usize) -> bool {
        match self.aside.highest() {
            None => false,
            Some(aside) => aside >= priority,
        }
    }

    /// Nobody runs here, or somebody of that priority.
    #[inline]
    pub(super) fn set_load(&self, priority: Option<usize>) {
        self.load.store(priority.map_or(0, |priority| priority + 1), Ordering::Relaxed);
    }

    /// Whether somebody of `priority` who was put into the queue here has to be told of.
    #[inline]
    pub(super) fn has_to_hear(&self, priority: usize) -> bool {
        // With signs: the governed load is below all.
        self.load.load(Ordering::Relaxed).cast_signed() <= priority.cast_signed()
    }

    /// Somebody runs here as a scheduler of an extension's says.
    pub(super) fn set_load_governed(&self) {
        self.load.store(GOVERNED, Ordering::Relaxed);
    }

    /// Whether an extension's scheduler has this core, or had until the host last looked.
    #[inline]
    pub(super) fn is_governed(&self) -> bool {
        self.office.load(Ordering::Relaxed) | self.serves.load(Ordering::Relaxed) != 0
    }

    /// Whose office it is.
    pub(super) fn office(&self) -> u64 {
        // Acquire: what was promised comes before.
        self.office.load(Ordering::Acquire)
    }

    /// It is the office of `candidate`, who keeps nobody waiting for longer than that.
    pub(super) fn set_office(&self, candidate: u64, patience_ticks: Option<u64>) {
        self.patience_ticks.store(patience_ticks.unwrap_or(0), Ordering::Relaxed);
        // Release: see `office`.
        self.office.store(candidate, Ordering::Release);
    }

    /// The office is the kernel's own again, if it was `candidate`'s. Whether it was.
    pub(super) fn take_office_from(&self, candidate: u64) -> bool {
        // Relaxed: says nothing about anything else.
        self.office.compare_exchange(candidate, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    pub(super) fn serves(&self) -> u64 {
        self.serves.load(Ordering::Relaxed)
    }

    pub(super) fn set_serves(&self, office: u64) {
        self.serves.store(office, Ordering::Relaxed);
    }

    /// How long somebody may be kept waiting, in ticks, if it was said.
    pub(super) fn patience_ticks(&self) -> Option<u64> {
        let ticks = self.patience_ticks.load(Ordering::Relaxed);
        (ticks != 0).then_some(ticks)
    }

    /// Where `record` is kept here.
    pub(super) fn kept_with(&self, record: &Record) -> &Kept {
        if record.context.is_aside() { &self.kept_aside } else { &self.kept }
    }

    /// How many are kept here.
    pub(super) fn kept_count(&self) -> usize {
        self.kept.len() + self.kept_aside.len()
    }

    /// Whether a strand runs here.
    #[inline]
    pub(super) fn is_busy(&self) -> bool {
        self.load.load(Ordering::Relaxed) > 0
    }

    /// Whether it is that one that runs here. Stale at once.
    pub(super) fn is_at(&self, record: &Record) -> bool {
        self.current.get().is_some_and(|current| ptr::eq(current, record))
    }

    /// Whether a strand runs here that is no less urgent.
    #[inline]
    pub(super) fn is_busy_for(&self, priority: usize) -> bool {
        self.load.load(Ordering::Relaxed) > priority
    }
}

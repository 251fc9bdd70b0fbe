//! Record: what the kernel knows of a strand. There for ever, and used again by another one when it has ended.

use super::station::Station;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use spindle_domain::DomainId;
use spindle_machine::context::Context;
use spindle_machine::stacks::Stack;
use spindle_strand::{Body, Strand};
use spindle_sync::boundary::Aside;
use spindle_sync::{AtomicRef, Lock, Parking, Queued};

/// A strand. In this order, so that the words that are exchanged need no address of their own.
#[repr(C, align(64))]
pub(crate) struct Record {
    /// Whether it runs, and which strand it is.
    pub(super) parking: Parking,
    /// In a queue, or in the list of those that are free.
    link: AtomicRef<Self>,
    /// Who is before it among those that are kept.
    pub(super) before: AtomicRef<Self>,
    /// Whether it is among those; and how long strands had run on its core when that began, in ticks.
    pub(super) is_kept: AtomicBool,
    pub(super) kept_at_ticks: AtomicU64,
    /// Its registers, while it does not run.
    pub(super) context: Context<Station>,
    /// Its calls that can be given up, while it is set aside.
    pub(super) calls: Aside,
    /// Where it has run last, or is to run: whose queue it stands in. Written by who puts it into another one.
    station: AtomicRef<Station>,
    /// Whether it may run nowhere else.
    pub(super) is_bound: AtomicBool,
    priority: AtomicUsize,
    /// How long it has run, in ticks, and since when it does.
    pub(super) used_ticks: AtomicU64,
    pub(super) since_ticks: AtomicU64,
    /// When it is to be woken, in nanoseconds; zero for never.
    pub(super) wakes_at_ns: AtomicU64,
    /// Since when it has kept its core from being quiet while that was waited for, in ticks; zero if it has not.
    pub(super) held_since_ticks: AtomicU64,
    /// Whether a tick has found that it is to end.
    pub(super) is_warned: AtomicBool,
    /// What is not needed at a switch.
    pub(super) rest: Lock<Rest>,
}

/// What is not needed at a switch.
#[derive(Debug, Default)]
pub(super) struct Rest {
    pub(super) name: &'static str,
    /// Whose it is; nobody's for the kernel's.
    pub(super) domain: Option<DomainId>,
    /// What it runs, before it has begun.
    pub(super) body: Option<Body>,
    pub(super) stack: Option<Stack>,
    /// Who waits for its end.
    pub(super) waiter: Option<Strand>,
}

impl Queued for Record {
    fn link(&self) -> &AtomicRef<Self> {
        &self.link
    }
}

// All relaxed: they go with the record, whose state word or queue brings the order.
impl Record {
    pub(super) fn new() -> Self {
        Self {
            parking: Parking::new(),
            link: AtomicRef::none(),
            before: AtomicRef::none(),
            is_kept: AtomicBool::new(false),
            kept_at_ticks: AtomicU64::new(0),
            context: Context::new(),
            calls: Aside::new(),
            station: AtomicRef::none(),
            is_bound: AtomicBool::new(false),
            priority: AtomicUsize::new(0),
            used_ticks: AtomicU64::new(0),
            since_ticks: AtomicU64::new(0),
            wakes_at_ns: AtomicU64::new(0),
            held_since_ticks: AtomicU64::new(0),
            is_warned: AtomicBool::new(false),
            rest: Lock::new(Rest::default()),
        }
    }

    /// None if nobody has had the record yet.
    #[inline]
    pub(super) fn station(&self) -> Option<&'static Station> {
        self.station.get_own()
    }

    pub(super) fn set_station(&self, station: &'static Station) {
        self.station.put_own(Some(station));
    }

    #[inline]
    pub(super) fn priority(&self) -> usize {
        self.priority.load(Ordering::Relaxed)
    }

    pub(super) fn set_priority(&self, priority: usize) {
        self.priority.store(priority, Ordering::Relaxed);
    }
}

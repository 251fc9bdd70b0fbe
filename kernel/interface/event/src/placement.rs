//! Placement: where an asynchronous handler runs.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use spindle_sync::{MAX_CORES, Parcel, Pool};

use crate::cores::{self, CoreId};
use crate::mailbox;

/// On which core an asynchronous handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On the raiser's, after what has arrived there.
    Here,
    /// On this one.
    Core(CoreId),
    /// On one that sleeps, or else on the one with the fewest asynchronous handlers to run.
    LeastLoaded,
    /// On each core, once.
    EachCore,
    /// On whichever core has nothing else to do first. While all have, one in a while is run all the same.
    AnyCore,
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here => f.write_str("here"),
            Self::Core(core) => write!(f, "core {core}"),
            Self::LeastLoaded => f.write_str("least loaded core"),
            Self::EachCore => f.write_str("each core"),
            Self::AnyCore => f.write_str("any core"),
        }
    }
}

/// How many asynchronous handlers each core has before it. A guess for [`Placement::LeastLoaded`]: relaxed.
static WAITING: [AtomicUsize; MAX_CORES] = [const { AtomicUsize::new(0) }; MAX_CORES];

/// Has what `pack` makes run where `placement` says; once for each core it says.
///
/// What finds no slot runs here and now: late is a promise, never is none.
pub(crate) fn send<F: FnOnce() + Send + 'static>(placement: Placement, mut pack: impl FnMut() -> F) {
    match placement {
        Placement::Here => send_to(cores::current(), pack()),
        Placement::Core(core) => send_to(core, pack()),
        Placement::LeastLoaded => send_to(least_loaded(), pack()),
        Placement::EachCore if cores::count() == 0 => pack()(),
        Placement::EachCore => cores::online().for_each(|core| send_to(core, pack())),
        Placement::AnyCore => {
            if let Err(back) = mailbox::send_to_any(Parcel::new(pack())) {
                back.run();
            }
        }
    }
}

fn send_to<F: FnOnce() + Send + 'static>(core: CoreId, work: F) {
    let waiting = &WAITING[core.index() % MAX_CORES];
    let sent = mailbox::send(core, Pool::vacancy, work, |work| {
        waiting.fetch_add(1, Ordering::Relaxed);
        Parcel::new(move || {
            WAITING[core.index() % MAX_CORES].fetch_sub(1, Ordering::Relaxed);
            work();
        })
    });
    if let Err(refused) = sent {
        refused.into_event()();
    }
}

fn least_loaded() -> CoreId {
    let load = |core: &CoreId| match core.is_asleep() {
        true => 0,
        false => 1 + WAITING[core.index() % MAX_CORES].load(Ordering::Relaxed),
    };
    cores::online().min_by_key(load).unwrap_or_else(cores::current)
}

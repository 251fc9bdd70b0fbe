//! Posted: what a post was, for whoever wants to know when it is over.
//!
//! It can be dropped, which changes nothing; asked; waited for on the spot; or awaited, as a future. Over means that the
//! raise has run to its end, or that the message was dropped. All that it did then comes before what the asker does next.
//!
//! # Waiting never deadlocks
//!
//! A core that waits runs nothing of its inbox meanwhile. So a wait for a post to the own core is refused, and so is one
//! that would close a circle of waiting cores. Each core says what it waits for before it looks at what the others wait
//! for. Suppose that cores waited in a circle and none of them was refused: then each has missed the entry of one of the
//! others, so made its own before that other one did, all the way round; which no order allows. Once it is in, an entry
//! stays until the wait ends, so looking once is enough. A core that holds a [`Mutex`](spindle_sync::Mutex) is refused: what it
//! waits for might wait for that.
//!
//! The other way round, a circle that is reported was there: a chain is gone along twice, and each entry found twice, each
//! time with its message not over, nor is this core's own afterwards. Between the two, then, all of these cores waited at
//! once.
//!
//! # Wakers
//!
//! The waker of a future may be code of a domain that ends meanwhile. It is kept for as long as its message is on its way
//! or running, and no longer; and a domain's code stays until every inbox has been gone through behind all that it did.
//!
//! Does not know what was posted.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use spindle_sync::{Delivery, HOLDERS, Lock, MAX_CORES, boundary};

use crate::cores::{self, CoreId};

/// What each core waits for, in [`Posted::wait`]. A core writes its own only. Each is locked alone.
static WAITING_FOR: [Lock<Option<Waited>>; MAX_CORES] = [const { Lock::new(None) }; MAX_CORES];

/// A post that went out. Dropping it changes nothing.
#[derive(Clone, Copy)]
pub struct Posted {
    what: Waited,
}

/// A message, and the core in whose inbox it was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waited {
    delivery: Delivery,
    core: CoreId,
}

/// Why a post cannot be waited for on the spot. It still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitError {
    /// It was posted to the core that would wait, and runs only when what runs there now has returned.
    SameCore,
    /// The core that it was posted to waits itself, directly or by way of others, for the core that would wait.
    Circle {
        /// Where it was posted to.
        core: CoreId,
    },
    /// This core holds a mutex, which what it would wait for might need.
    HoldsMutex,
    /// The handler that waits has used up its budget, and is ended as soon as it is returned to.
    OutOfTime,
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameCore => f.write_str("a core can't wait for what it is to run itself"),
            Self::Circle { core } => write!(f, "core {core} waits for this one"),
            Self::HoldsMutex => f.write_str("a core that holds a mutex can't wait for another one"),
            Self::OutOfTime => f.write_str("the handler that waits has used up its budget"),
        }
    }
}

impl core::error::Error for WaitError {}

impl Posted {
    #[inline(always)]
    pub(crate) fn new(delivery: Delivery, core: CoreId) -> Self {
        Self { what: Waited { delivery, core } }
    }

    /// Whether it is over. If so, all that it did comes before what the caller does next.
    #[inline]
    pub fn is_done(&self) -> bool {
        self.what.delivery.is_over()
    }

    /// Waits until it is over. This core runs nothing else meanwhile, and every grace period waits for it.
    ///
    /// # Errors
    /// [`WaitError`] when that would never be, since a core would wait for itself, or when the budget of whoever waits is
    /// used up. What was posted runs all the same.
    ///
    /// # Context
    /// Not in interrupt context, and without a mutex held.
    pub fn wait(&self) -> Result<(), WaitError> {
        if self.is_done() {
            return Ok(());
        }
        let (here, core) = (cores::current(), self.what.core);
        if core == here {
            return Err(WaitError::SameCore);
        }
        if HOLDERS.holds_any() {
            return Err(WaitError::HoldsMutex);
        }
        set_waiting(here, Some(self.what));
        // Asked in this order: the other core may wait for this one since it has done what this one waits for.
        let is_circle = closes_circle(here, core) && !self.is_done();
        let mut outcome = if is_circle { Err(WaitError::Circle { core }) } else { Ok(()) };
        while outcome.is_ok() && !self.is_done() {
            cores::relax();
            if boundary::is_overdue() {
                outcome = Err(WaitError::OutOfTime);
            }
        }
        set_waiting(here, None);
        outcome
    }
}

/// Ready when it is over. Polled from several tasks, it wakes the last one.
impl Future for Posted {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.what.delivery.is_over_or_wakes(context.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted").field("core", &self.what.core).field("is_done", &self.is_done()).finish()
    }
}

/// What some core waits for, by the order of the chain.
type Chain = [Option<Waited>; MAX_CORES];

fn set_waiting(core: CoreId, what: Option<Waited>) {
    *WAITING_FOR[core.index()].lock() = what;
}

/// Whether `core`, for which `here` is about to wait, waits for `here`, directly or by way of others.
fn closes_circle(here: CoreId, core: CoreId) -> bool {
    chain(core, here).is_some_and(|first| chain(core, here) == Some(first))
}

/// What is waited for from `core` on, when that leads to `to`. A circle that leaves out `to` leads nowhere: whoever is in
/// it has that to solve.
fn chain(core: CoreId, to: CoreId) -> Option<Chain> {
    let mut chain = [None; MAX_CORES];
    let mut at = core;
    for link in &mut chain {
        let waited = *WAITING_FOR[at.index()].lock();
        // Of a message that is over, its core just has not noticed.
        let waited = waited.filter(|waited| !waited.delivery.is_over())?;
        *link = Some(waited);
        at = waited.core;
        if at == to {
            return Some(chain);
        }
    }
    None
}

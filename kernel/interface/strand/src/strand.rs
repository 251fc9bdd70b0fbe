//! Strand: the capability.

use core::fmt;
use core::num::NonZeroU64;

use spindle_event::CoreId;
use spindle_sync::Authority;

use crate::builder::Builder;
use crate::events::{BLOCK, UNBLOCK};
use crate::failure::StrandError;
use crate::me::Me;
use crate::priority::Priority;
use crate::service::strands;

/// The right to block, unblock and end a strand. Whoever holds one can hand on copies. It can't be made of a number:
///
/// ```compile_fail,E0423
/// use core::num::NonZeroU64;
/// use spindle_strand::Strand;
///
/// fn forge(number: NonZeroU64) -> Strand {
///     Strand(number)
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strand(NonZeroU64);

/// What a strand does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has that core.
    Running(CoreId),
    /// It could have a core.
    Ready,
    /// It waits to be unblocked.
    Blocked,
    /// It has ended.
    Ended,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running(core) => write!(f, "on core {core}"),
            Self::Ready => f.write_str("ready"),
            Self::Blocked => f.write_str("blocked"),
            Self::Ended => f.write_str("ended"),
        }
    }
}

impl Strand {
    /// The one of that number. Kernel only.
    pub fn new(_: &Authority, number: NonZeroU64) -> Self {
        Self(number)
    }

    /// Begins a strand that runs `body`, with what strands have if nobody says otherwise.
    ///
    /// # Errors
    /// [`StrandError`]; `body` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn start<F>(body: F) -> Result<Self, StrandError>
    where
        F: FnOnce(&mut Me) + Send + 'static,
    {
        Builder::new().start(body)
    }

    /// Begins to say what a strand has.
    pub fn build() -> Builder {
        Builder::new()
    }

    /// The strand that this runs in; none in a turn of a run loop.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn current() -> Option<Self> {
        strands()?.current()
    }

    /// Whether the strand that this runs in is being given up, or is to end at its next opportunity. For destructors: what they find may
    /// be half-done.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn is_current_ending() -> bool {
        strands().is_some_and(|strands| strands.is_ending())
    }

    /// Whether something is being given up where this runs: a strand, a handler, or part of it. For destructors, which so can tell that
    /// from the end of their scope; one that was only asked to end, and goes on meanwhile, is not.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn is_current_given_up() -> bool {
        strands().is_some_and(|strands| strands.is_given_up())
    }

    /// Its number, never that of another one.
    #[inline]
    pub fn number(&self) -> u64 {
        self.0.get()
    }

    /// Has it run, if it is blocked; else its next block comes back at once. Of one that has ended nothing happens.
    ///
    /// # Context
    /// Not in interrupt context. Neither waits nor allocates.
    #[inline]
    pub fn unblock(&self) {
        UNBLOCK.raise(self);
    }

    /// Has it block at its next opportunity, as if it had asked to itself: where it blocks, yields or sleeps, or when it is one of
    /// the ready. [`unblock`](Self::unblock) takes that back.
    ///
    /// # Context
    /// As for [`unblock`](Self::unblock).
    #[inline]
    pub fn block(&self) {
        BLOCK.raise(self);
    }

    /// Has it end at its next opportunity: it is given up where it is, with its destructors, and nobody is to blame.
    ///
    /// # Errors
    /// [`StrandError::Ended`], [`StrandError::NotServed`].
    ///
    /// # Context
    /// As for [`unblock`](Self::unblock).
    pub fn end(&self) -> Result<(), StrandError> {
        strands().ok_or(StrandError::NotServed)?.end(*self)
    }

    /// What it does. Stale at once, unless it has ended.
    pub fn state(&self) -> State {
        strands().map_or(State::Ended, |strands| strands.state(*self))
    }

    /// Its priority.
    ///
    /// # Errors
    /// [`StrandError::Ended`], [`StrandError::NotServed`].
    pub fn priority(&self) -> Result<Priority, StrandError> {
        strands().ok_or(StrandError::NotServed)?.priority(*self)
    }

    /// Changes its priority, from the next time on that it is put among the ready.
    ///
    /// # Errors
    /// [`StrandError::Ended`], [`StrandError::NotServed`].
    pub fn set_priority(&self, priority: Priority) -> Result<(), StrandError> {
        strands().ok_or(StrandError::NotServed)?.set_priority(*self, priority)
    }
}

impl fmt::Debug for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Strand({})", self.0)
    }
}

impl fmt::Display for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

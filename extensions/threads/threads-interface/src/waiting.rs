//! Waiting: the one loop in which strands wait to be served, by whatever list they stand in.
//!
//! A strand puts itself into a list and waits here until it is *served*: somebody has taken it out of the list, or has made it the holder of a lock. It may
//! wake for other reasons; so it looks, and waits again.
//!
//! Invariant: who leaves without having been served, since it is interrupted, its time is over, or it is told to end, stands in no list
//! any more; who was served meanwhile and can't use that passes it on. Only a strand that is ended without its destructors
//! does neither: whoever looks through the list finds that it has ended.
//!
//! Does not know what is waited for.

use core::fmt;

use spindle_clock::now_ns;
use spindle_strand::{Me, Strand};

use crate::notes;

/// How long who waits for a lock sleeps before it looks whether the holder is still there: nobody tells of one that was ended
/// without its destructors.
const LOOK_NS: u64 = 50_000_000;

/// Why somebody waits no longer, and was not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError {
    /// Somebody has interrupted it.
    Interrupted {
        /// Its strand.
        strand: Strand,
    },
    /// The time is over.
    TimedOut {
        /// When it was, in nanoseconds of the clock.
        deadline_ns: u64,
    },
    /// There is no memory for one more in the list.
    NoMemory {
        /// How many are in it.
        waiting: usize,
    },
    /// The list is not to be had: who changed it last was ended in the middle.
    List(spindle_domain::LockError),
}

impl fmt::Display for WaitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted { strand } => write!(out, "strand {strand} was interrupted"),
            Self::TimedOut { deadline_ns } => write!(out, "{deadline_ns} ns of the clock are over"),
            Self::NoMemory { waiting } => write!(out, "no memory for one more than the {waiting} that wait"),
            Self::List(why) => write!(out, "the list of those that wait is not to be had: {why}"),
        }
    }
}

impl core::error::Error for WaitError {}

impl From<spindle_domain::LockError> for WaitError {
    fn from(why: spindle_domain::LockError) -> Self {
        Self::List(why)
    }
}

/// Where strands wait.
pub(crate) trait Place {
    /// Whether `strand` has got what it waits for.
    fn is_served(&self, strand: Strand) -> bool;
    /// Takes `strand` out; whether it still waited.
    fn withdraw(&self, strand: Strand) -> bool;
    /// What `strand` has got goes to the next one.
    fn pass_on(&self, strand: Strand);
}

/// What ends a wait besides being served.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// That time of the clock.
    pub(crate) deadline_ns: Option<u64>,
    /// Whether an interrupt of the thread does.
    pub(crate) is_interruptible: bool,
    /// Whether it looks now and then although nobody has woken it.
    pub(crate) looks: bool,
}

impl Terms {
    /// Nothing else ends it.
    pub(crate) const FOR_EVER: Self = Self { deadline_ns: None, is_interruptible: false, looks: false };
    /// An interrupt of the thread ends it.
    pub(crate) const INTERRUPTIBLE: Self = Self { is_interruptible: true, ..Self::FOR_EVER };

    /// The same, but it looks now and then.
    pub(crate) const fn looking(self) -> Self {
        Self { looks: true, ..self }
    }

    /// Leaves the core, for no longer than the terms say.
    fn block(self, me: &mut Me) {
        let look_ns = self.looks.then(|| now_ns() + LOOK_NS);
        let until_ns = match (self.deadline_ns, look_ns) {
            (None, None) => return me.block(),
            (deadline, look) => deadline.unwrap_or(u64::MAX).min(look.unwrap_or(u64::MAX)),
        };
        // Who comes back looks at the clock.
        let _ = me.block_until(until_ns);
    }
}

/// A strand that stands in a list. If it is given up there, it leaves that.
struct Stay<'p, P: Place> {
    place: &'p P,
    strand: Strand,
    is_over: bool,
}

impl<P: Place> Stay<'_, P> {
    /// It has waited long enough; whether it was not served meanwhile.
    fn leave(&mut self) -> bool {
        self.is_over = true;
        self.place.withdraw(self.strand)
    }
}

impl<P: Place> Drop for Stay<'_, P> {
    fn drop(&mut self) {
        if !self.is_over && !self.place.withdraw(self.strand) {
            self.place.pass_on(self.strand);
        }
    }
}

/// Waits until the strand is served, which stands in the list of `place` already.
///
/// # Errors
/// [`WaitError::Interrupted`], [`WaitError::TimedOut`]: it stands in no list any more, and was not served.
pub(crate) fn wait(me: &mut Me, place: &impl Place, terms: Terms) -> Result<(), WaitError> {
    let strand = me.strand();
    let mut stay = Stay { place, strand, is_over: false };
    loop {
        if place.is_served(strand) {
            stay.is_over = true;
            return Ok(());
        }
        if terms.is_interruptible && notes::is_interrupted(strand) {
            if !stay.leave() {
                return Ok(());
            }
            notes::take_interrupt(strand);
            return Err(WaitError::Interrupted { strand });
        }
        if let Some(deadline_ns) = terms.deadline_ns.filter(|deadline| now_ns() >= *deadline) {
            return if stay.leave() { Err(WaitError::TimedOut { deadline_ns }) } else { Ok(()) };
        }
        terms.block(me);
    }
}

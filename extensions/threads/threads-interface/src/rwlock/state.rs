//! State: who reads, who writes, who waits for that, and the value.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use spindle_strand::Strand;

use crate::lock_error::LockError;
use crate::waiters::{Waiter, Waiters};
use crate::waiting::WaitError;

/// What lies behind a lock. All of it is looked at under a lock of the kernel's, for as long as one of these functions runs.
pub(super) struct State<T> {
    /// Out with the writer's `Writing`, or lost with it.
    value: Option<Arc<T>>,
    writer: Option<Strand>,
    /// A strand stands here as often as it reads.
    readers: Vec<Strand>,
    /// Who has left it poisoned.
    poisoned_by: Option<Strand>,
    waiters: Waiters<Wants>,
}

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    Read,
    Write,
}

impl<T> State<T> {
    pub(super) const fn new(value: Arc<T>) -> Self {
        Self {
            value: Some(value),
            writer: None,
            readers: Vec::new(),
            poisoned_by: None,
            waiters: Waiters::new(),
        }
    }

    /// `strand` gets the value if nobody is in its way, else it stands in the list.
    pub(super) fn take_or_enter(
        &mut self,
        strand: Strand,
        wants: Wants,
    ) -> Result<Option<Arc<T>>, LockError> {
        if self.is_poisoned() {
            return Err(self.poisoned());
        }
        let is_own = self.writer == Some(strand) || wants == Wants::Write && self.readers.contains(&strand);
        if is_own {
            return Err(LockError::Own { holder: strand });
        }
        if self.waiters.is_empty() && self.admit(strand, wants) {
            return self.claim(strand, wants);
        }
        let no_memory = |waiting| LockError::Wait(WaitError::NoMemory { waiting });
        self.waiters.add(Waiter::of(strand, wants)).map_err(no_memory)?;
        Ok(None)
    }

    /// Makes `strand` a reader or the writer, if nobody is in its way and there is memory for that.
    fn admit(&mut self, strand: Strand, wants: Wants) -> bool {
        if self.writer.is_some() || self.is_poisoned() {
            return false;
        }
        match wants {
            Wants::Read => {
                let has_room = self.readers.try_reserve(1).is_ok();
                if has_room {
                    self.readers.push(strand);
                }
                has_room
            }
            Wants::Write => {
                let is_free = self.readers.is_empty();
                if is_free {
                    self.writer = Some(strand);
                }
                is_free
            }
        }
    }

    /// The value, for `strand`, which was made a reader or the writer. None if it was not: the lock was poisoned, and renewed since.
    pub(super) fn claim(&mut self, strand: Strand, wants: Wants) -> Result<Option<Arc<T>>, LockError> {
        if self.is_poisoned() {
            return Err(self.poisoned());
        }
        Ok(match wants {
            Wants::Read if self.readers.contains(&strand) => self.value.clone(),
            Wants::Write if self.writer == Some(strand) => self.value.take(),
            _ => None,
        })
    }

    /// The value, for `strand`, whatever it was made.
    pub(super) fn claim_any(&mut self, strand: Strand) -> Option<(Wants, Arc<T>)> {
        let wants = if self.writer == Some(strand) { Wants::Write } else { Wants::Read };
        self.claim(strand, wants).ok().flatten().map(|value| (wants, value))
    }

    pub(super) fn end_read(&mut self, strand: Strand) {
        if let Some(place) = self.readers.iter().position(|reader| *reader == strand) {
            self.readers.swap_remove(place);
        }
    }

    /// `strand` puts the value back. Who was taken for ended, and had it all the same, has lost it, and gets it back to drop it.
    pub(super) fn end_write(&mut self, strand: Strand, value: Arc<T>, poisons: bool) -> Option<Arc<T>> {
        if self.writer != Some(strand) {
            return Some(value);
        }
        self.writer = None;
        self.poisoned_by = poisons.then_some(strand);
        self.value.replace(value)
    }

    /// Takes out the first that waits, if it is its turn.
    pub(super) fn serve(&mut self) -> Option<Strand> {
        let first = self.waiters.first()?;
        if !self.admit(first.strand, first.wants) {
            return None;
        }
        self.waiters.take_first().map(|waiter| waiter.strand)
    }

    /// Takes out all that wait, if the lock is poisoned.
    pub(super) fn told(&mut self) -> VecDeque<Waiter<Wants>> {
        if self.is_poisoned() { self.waiters.take_all() } else { VecDeque::new() }
    }

    /// Takes out readers and a writer that have ended; whether there was one. Who had the value, or a reference, has poisoned the lock.
    pub(super) fn bury(&mut self) -> bool {
        let has_ended = |strand: &Strand| strand.state() == spindle_strand::State::Ended;
        let reader = self.readers.iter().copied().find(has_ended);
        self.readers.retain(|reader| !has_ended(reader));
        let writer = self.writer.filter(has_ended);
        if writer.is_some() {
            self.writer = None;
        }
        let Some(ended) = writer.or(reader) else { return false };
        let references = self.value.as_ref().map_or(0, Arc::strong_count);
        if references == 0 || self.readers.is_empty() && references > 1 {
            self.poisoned_by = Some(ended);
        }
        true
    }

    /// Whether `strand` stands in the list.
    pub(super) fn waits(&self, strand: Strand) -> bool {
        self.waiters.has(strand)
    }

    /// `strand` waits no longer; whether it did.
    pub(super) fn withdraw(&mut self, strand: Strand) -> bool {
        self.waiters.remove(strand)
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.poisoned_by.is_some()
    }

    fn poisoned(&self) -> LockError {
        LockError::Poisoned { holder: self.poisoned_by }
    }

    /// Another value takes the place of one that is poisoned.
    pub(super) fn renew(&mut self, value: Arc<T>) -> Result<Option<Arc<T>>, LockError> {
        self.poisoned_by.take().ok_or(LockError::NotPoisoned { holder: self.writer })?;
        Ok(self.value.replace(value))
    }
}

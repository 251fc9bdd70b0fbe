//! State: who holds a mutex, who waits for it, and the value while nobody has it out.

use alloc::collections::VecDeque;

use spindle_strand::Strand;

use crate::lock_error::LockError;
use crate::notes;
use crate::waiters::{Waiter, Waiters};
use crate::waiting::WaitError;

/// What lies behind a mutex. All of it is looked at under a lock of the kernel's, for as long as one of these functions runs.
pub(super) struct State<T> {
    /// Out with the holder's `Locked`, or lost with it.
    value: Option<T>,
    holder: Option<Strand>,
    /// Whether the holder was lent a priority.
    has_loan: bool,
    /// Who has left it poisoned.
    poisoned_by: Option<Strand>,
    waiters: Waiters,
}

/// What a taker finds.
pub(super) enum Found<T> {
    /// It holds the lock now.
    Value(T),
    /// Another does.
    Held(Strand),
}

/// What has come of an opening.
pub(super) struct Opened<T> {
    /// The value that was put back by one who no longer held the lock. It is dropped where nothing is locked.
    pub(super) refused: Option<T>,
    /// Whether the last holder gives back a priority.
    pub(super) had_loan: bool,
    /// Who holds it now.
    pub(super) next: Option<Strand>,
    /// Who is to be told that it is poisoned.
    pub(super) told: VecDeque<Waiter>,
}

/// What one that waits has found.
#[derive(Default)]
pub(super) struct Looked {
    /// Whether it waits no longer.
    pub(super) is_served: bool,
    /// Who holds the lock as well now, or is to look whom it waits for itself: it has become more urgent.
    pub(super) next: Option<Strand>,
    /// Who is to be told that it is poisoned.
    pub(super) told: VecDeque<Waiter>,
}

impl<T> State<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { value: Some(value), holder: None, has_loan: false, poisoned_by: None, waiters: Waiters::new() }
    }

    /// `strand` takes the lock, if it is free.
    pub(super) fn take(&mut self, strand: Strand) -> Result<Found<T>, LockError> {
        match self.holder {
            _ if self.is_poisoned() => Err(self.poisoned()),
            Some(holder) if holder == strand => Err(LockError::Own { holder }),
            Some(holder) => Ok(Found::Held(holder)),
            None => match self.value.take() {
                Some(value) => {
                    self.holder = Some(strand);
                    Ok(Found::Value(value))
                }
                None => Err(self.poisoned()),
            },
        }
    }

    /// `strand` stands in the list from now on, or holds the lock if it has become free. Who is more urgent by that has to look whom
    /// it waits for itself.
    pub(super) fn enter(&mut self, strand: Strand, name: usize) -> Result<Option<Strand>, LockError> {
        if self.is_poisoned() {
            return Err(self.poisoned());
        }
        if self.holder.is_none() {
            self.holder = Some(strand);
            return Ok(None);
        }
        let no_memory = |waiting| LockError::Wait(WaitError::NoMemory { waiting });
        self.waiters.add(Waiter::of(strand, ())).map_err(no_memory)?;
        Ok(self.lend(strand, name))
    }

    /// `strand`, which waits, looks: whether the holder is still there, and as urgent as itself.
    pub(super) fn look(&mut self, strand: Strand, name: usize) -> Looked {
        let mut looked = Looked::default();
        (looked.next, looked.told) = self.bury();
        looked.is_served = self.is_poisoned() || !self.waiters.has(strand);
        if !looked.is_served {
            if let Ok(priority) = strand.priority() {
                self.waiters.move_to(strand, priority);
            }
            looked.next = looked.next.or(self.lend(strand, name));
        }
        looked
    }

    /// If the holder has ended: the next one gets the lock where the value had not been taken out yet, else all are to be told.
    pub(super) fn bury(&mut self) -> (Option<Strand>, VecDeque<Waiter>) {
        if self.holder.is_none_or(|holder| holder.state() != spindle_strand::State::Ended) {
            return (None, VecDeque::new());
        }
        self.has_loan = false;
        let ended = self.holder.take();
        if self.value.is_some() {
            self.holder = self.waiters.take_first().map(|waiter| waiter.strand);
            return (self.holder, VecDeque::new());
        }
        self.poisoned_by = ended;
        (None, self.waiters.take_all())
    }

    /// Lends the priority of `strand` to the holder; gives that if it is more urgent now.
    fn lend(&mut self, strand: Strand, name: usize) -> Option<Strand> {
        let holder = self.holder?;
        let (priority, own) = (strand.priority().ok()?, holder.priority().ok()?);
        if priority <= own {
            return None;
        }
        self.has_loan = true;
        notes::lend(holder, name, priority).then_some(holder)
    }

    /// `strand` takes the value out, if it was handed the lock. It was not if that was poisoned, and renewed since.
    pub(super) fn claim(&mut self, strand: Strand) -> Result<Option<T>, LockError> {
        if self.is_poisoned() {
            return Err(self.poisoned());
        }
        Ok(if self.holder == Some(strand) { self.value.take() } else { None })
    }

    /// `holder` puts the value back. Who was taken for ended, and had the value all the same, has lost it.
    pub(super) fn open(&mut self, holder: Strand, value: T, poisons: bool) -> Opened<T> {
        let mut opened = Opened { refused: None, had_loan: false, next: None, told: VecDeque::new() };
        if self.holder != Some(holder) {
            opened.refused = Some(value);
            return opened;
        }
        opened.had_loan = core::mem::take(&mut self.has_loan);
        self.value = Some(value);
        if poisons {
            (self.holder, self.poisoned_by) = (None, Some(holder));
            opened.told = self.waiters.take_all();
        } else {
            self.holder = self.waiters.take_first().map(|waiter| waiter.strand);
            opened.next = self.holder;
        }
        opened
    }

    /// `strand` waits no longer; whether it did.
    pub(super) fn withdraw(&mut self, strand: Strand) -> bool {
        self.waiters.remove(strand) || self.holder != Some(strand)
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.poisoned_by.is_some()
    }

    fn poisoned(&self) -> LockError {
        LockError::Poisoned { holder: self.poisoned_by }
    }

    /// Another value takes the place of one that is poisoned.
    pub(super) fn renew(&mut self, value: T) -> Result<Option<T>, LockError> {
        self.poisoned_by.take().ok_or(LockError::NotPoisoned { holder: self.holder })?;
        Ok(self.value.replace(value))
    }

    /// The value, unless it is poisoned.
    pub(super) fn into_inner(self) -> Option<T> {
        if self.is_poisoned() { None } else { self.value }
    }
}

//! Waiters: a list of strands that wait, the most urgent first, those of one priority in the order in which they came.
//!
//! Invariants: a strand stands in one list once. Who is taken out to be served has not ended at that moment. Adding is refused
//! where there is no memory, so that nothing panics while a list is half-changed.
//!
//! Does not know what is waited for, nor who wakes.

use alloc::collections::VecDeque;

use spindle_strand::{Priority, State, Strand};

/// Strands that wait, each with what it `wants`.
#[derive(Debug)]
pub(crate) struct Waiters<W = ()> {
    all: VecDeque<Waiter<W>>,
}

/// A strand that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiter<W = ()> {
    pub(crate) strand: Strand,
    pub(crate) priority: Priority,
    pub(crate) wants: W,
}

impl<W> Waiter<W> {
    /// `strand`, as urgent as it is now.
    pub(crate) fn of(strand: Strand, wants: W) -> Self {
        Self { strand, priority: strand.priority().unwrap_or_default(), wants }
    }
}

impl<W: Copy> Waiters<W> {
    /// Nobody.
    pub(crate) const fn new() -> Self {
        Self { all: VecDeque::new() }
    }

    /// Whether nobody waits, not even one that has ended.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Puts one behind those that are as urgent. Says how many there are if there is no memory for one more.
    pub(crate) fn add(&mut self, waiter: Waiter<W>) -> Result<(), usize> {
        self.all.try_reserve(1).map_err(|_| self.all.len())?;
        let place = self.all.partition_point(|other| other.priority >= waiter.priority);
        self.all.insert(place, waiter);
        Ok(())
    }

    /// Whether `strand` waits.
    pub(crate) fn has(&self, strand: Strand) -> bool {
        self.place_of(strand).is_some()
    }

    /// Takes `strand` out; whether it was there.
    pub(crate) fn remove(&mut self, strand: Strand) -> bool {
        self.place_of(strand).and_then(|place| self.all.remove(place)).is_some()
    }

    /// Gives `strand` the place that it has by `priority` now.
    pub(crate) fn move_to(&mut self, strand: Strand, priority: Priority) {
        let moves = |waiter: &Waiter<W>| waiter.strand == strand && waiter.priority != priority;
        let place = self.all.iter().position(moves);
        if let Some(waiter) = place.and_then(|place| self.all.remove(place)) {
            // There is room: it has just left it.
            let _ = self.add(Waiter { priority, ..waiter });
        }
    }

    /// The first that has not ended. Those before it are taken out.
    pub(crate) fn first(&mut self) -> Option<Waiter<W>> {
        loop {
            let first = *self.all.front()?;
            if first.strand.state() != State::Ended {
                return Some(first);
            }
            self.all.pop_front();
        }
    }

    /// Takes out the first that has not ended.
    pub(crate) fn take_first(&mut self) -> Option<Waiter<W>> {
        self.first()?;
        self.all.pop_front()
    }

    /// Takes out all.
    pub(crate) fn take_all(&mut self) -> VecDeque<Waiter<W>> {
        core::mem::take(&mut self.all)
    }

    /// How many wait. Those that have ended are taken out.
    pub(crate) fn count(&mut self) -> usize {
        self.all.retain(|waiter| waiter.strand.state() != State::Ended);
        self.all.len()
    }

    fn place_of(&self, strand: Strand) -> Option<usize> {
        self.all.iter().position(|waiter| waiter.strand == strand)
    }
}

/// Has all of them go on.
pub(crate) fn wake<W>(waiters: VecDeque<Waiter<W>>) {
    for waiter in waiters {
        waiter.strand.unblock();
    }
}

//! Queue: the store of a channel for values of any type.
//!
//! A lock is taken for each value that goes in, and for each that comes out; whether there is one at all is known without it.

use alloc::collections::VecDeque;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::channel::{Receiver, Sender, Store, around};
use crate::place::Place;

/// A bounded queue under a lock.
pub struct Queue<T> {
    capacity: usize,
    /// How many there are. Changed under the lock.
    count: AtomicUsize,
    values: Place<VecDeque<T>>,
}

/// A channel with room for `capacity` values, one at least.
///
/// # Context
/// Not in interrupt context. Allocates: sending does not.
pub fn channel<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let capacity = capacity.max(1);
    let values = Place::new();
    // A new place is nobody's yet; where it can't be had the first that is sent makes room.
    let _ = values.put(VecDeque::with_capacity(capacity));
    around(Queue { capacity, count: AtomicUsize::new(0), values })
}

impl<T: Send> Store<T> for Queue<T> {
    fn push(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        let pushed = self.values.with(|values| {
            let values = values.get_or_insert_default();
            let has_room = values.len() < self.capacity && values.try_reserve(1).is_ok();
            if has_room && let Some(value) = value.take() {
                values.push_back(value);
            }
            // SeqCst: it is what a bell's two sides look at.
            self.count.store(values.len(), Ordering::SeqCst);
        });
        // Without the lock nothing was pushed.
        let _ = pushed;
        value.map_or(Ok(()), Err)
    }

    fn pop(&self) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let popped = self.values.with(|values| {
            let values = values.get_or_insert_default();
            let value = values.pop_front();
            self.count.store(values.len(), Ordering::SeqCst);
            value
        });
        popped.ok().flatten()
    }

    fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue of {}", self.count.load(Ordering::Relaxed))
    }
}

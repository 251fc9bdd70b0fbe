//! Channel: values go from threads to one thread, in order; at most so many are under way.
//!
//! Invariants: there are as many permits to send as there is room, and as many to receive as there are values. A value that was sent is
//! received or dropped with the channel, whatever ends in between.
//!
//! Does not know of a sender that was ended without its destructors: who receives waits for that one, too.
//!
//! Source: Rust's `std::sync::mpsc::sync_channel`.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use spindle_domain::Mutex as Section;
use spindle_strand::Me;

use crate::semaphore::Semaphore;
use crate::waiting::WaitError;

/// More permits than there are threads: whoever waits goes on.
const ALL: usize = usize::MAX / 2;

struct Shared<T> {
    /// None when nobody receives any more.
    values: Section<Option<VecDeque<T>>>,
    room: Semaphore,
    there: Semaphore,
    senders: AtomicUsize,
}

/// The end of a channel that values are put into. Copies of it are as good.
pub struct Sender<T: Send> {
    shared: Arc<Shared<T>>,
}

/// The end of a channel that values come out of.
pub struct Receiver<T: Send> {
    shared: Arc<Shared<T>>,
}

/// Why a value was not sent. It is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<T> {
    /// Nobody receives any more.
    Closed(T),
    /// There was no room, and no way to wait for it.
    Full(T),
}

/// Why nothing was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// Nothing is under way, and nobody sends any more.
    Closed,
    /// Nothing is under way.
    Empty,
    /// Waiting has ended otherwise.
    Wait(WaitError),
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Closed(_) => "nobody receives from the channel any more",
            Self::Full(_) => "there is no room in the channel",
        })
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl<T> core::error::Error for SendError<T> {}

impl fmt::Display for RecvError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => out.write_str("nobody sends into the channel any more"),
            Self::Empty => out.write_str("the channel is empty"),
            Self::Wait(why) => why.fmt(out),
        }
    }
}

impl core::error::Error for RecvError {}

/// A channel with room for `room` values, and for one at least.
///
/// # Context
/// Not in interrupt context. Allocates.
#[must_use]
pub fn channel<T: Send>(room: usize) -> (Sender<T>, Receiver<T>) {
    let room = room.max(1);
    let shared = Arc::new(Shared {
        values: Section::new(Some(VecDeque::with_capacity(room))),
        room: Semaphore::new(room),
        there: Semaphore::new(0),
        senders: AtomicUsize::new(1),
    });
    (Sender { shared: shared.clone() }, Receiver { shared })
}

impl<T: Send> Sender<T> {
    /// Waits until there is room, and sends `value`.
    ///
    /// # Errors
    /// [`SendError`].
    pub fn send(&self, me: &mut Me, value: T) -> Result<(), SendError<T>> {
        match self.shared.room.acquire(me) {
            Ok(()) => self.put(value),
            Err(_) => Err(SendError::Full(value)),
        }
    }

    /// Sends `value`, if there is room.
    ///
    /// # Errors
    /// [`SendError`].
    ///
    /// # Context
    /// Not in interrupt context. Does not wait: any handler may.
    pub fn try_send(&self, value: T) -> Result<(), SendError<T>> {
        if self.shared.room.try_acquire() { self.put(value) } else { Err(SendError::Full(value)) }
    }

    /// Puts `value` where there is room for it.
    fn put(&self, value: T) -> Result<(), SendError<T>> {
        let mut value = Some(value);
        let place = &mut value;
        // There is room: nothing is allocated.
        let put = self.shared.values.with(|values| {
            if let Some(values) = values {
                values.extend(place.take());
            }
        });
        match value {
            Some(value) => Err(SendError::Closed(value)),
            None => {
                if put.is_ok() {
                    self.shared.there.release(1);
                }
                Ok(())
            }
        }
    }
}

impl<T: Send> Receiver<T> {
    /// Waits until a value is there, and takes it.
    ///
    /// # Errors
    /// [`RecvError::Closed`], [`RecvError::Wait`].
    pub fn recv(&self, me: &mut Me) -> Result<T, RecvError> {
        self.shared.there.acquire(me).map_err(RecvError::Wait)?;
        self.take()
    }

    /// As [`recv`](Self::recv), but no longer than for `duration`.
    ///
    /// # Errors
    /// Those, and [`WaitError::TimedOut`] in [`RecvError::Wait`].
    pub fn recv_timeout(&self, me: &mut Me, duration: Duration) -> Result<T, RecvError> {
        self.shared.there.acquire_timeout(me, duration).map_err(RecvError::Wait)?;
        self.take()
    }

    /// Takes a value, if one is there.
    ///
    /// # Errors
    /// [`RecvError::Empty`], [`RecvError::Closed`].
    ///
    /// # Context
    /// Not in interrupt context. Does not wait.
    pub fn try_recv(&self) -> Result<T, RecvError> {
        if self.shared.there.try_acquire() { self.take() } else { Err(RecvError::Empty) }
    }

    /// Takes the value that is there; else it was said that nobody sends any more.
    fn take(&self) -> Result<T, RecvError> {
        let value = self.shared.values.with(|values| values.as_mut()?.pop_front());
        match value {
            Ok(Some(value)) => {
                self.shared.room.release(1);
                Ok(value)
            }
            Ok(None) | Err(_) => {
                // For the next time.
                self.shared.there.release(1);
                Err(RecvError::Closed)
            }
        }
    }
}

impl<T: Send> Clone for Sender<T> {
    fn clone(&self) -> Self {
        // Relaxed: there is one already.
        self.shared.senders.fetch_add(1, Ordering::Relaxed);
        Self { shared: self.shared.clone() }
    }
}

impl<T: Send> Drop for Sender<T> {
    fn drop(&mut self) {
        // AcqRel: what the others sent comes before the word that nobody sends any more.
        if self.shared.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.there.release(1);
        }
    }
}

impl<T: Send> Drop for Receiver<T> {
    fn drop(&mut self) {
        let left = self.shared.values.with(|values| values.take());
        self.shared.room.release(ALL);
        drop(left);
    }
}

impl<T: Send> fmt::Debug for Sender<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T: Send> fmt::Debug for Receiver<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Receiver").finish_non_exhaustive()
    }
}

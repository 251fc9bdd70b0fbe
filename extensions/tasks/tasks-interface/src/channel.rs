//! Channel: any number send, one receives.
//!
//! What was sent lies in a ring of the kernel's. Here is who waits for whom, and who is gone.
//!
//! Invariants: what was sent is received once, or dropped with the receiver. A channel is closed when one side has gone: what is
//! in it can still be received. Nobody who waits misses what he waits for. A receiver leaves its waker, then marks the place of the next
//! value, and who puts that there is told; or it looks whether there are senders, and the last of them looks for a waker. For
//! those who wait for room see `waiters`.
//!
//! Does not know executors: the two sides may be tasks of any, or strands in `block_on`.

use core::fmt;
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};

use spindle_domain::{RingIn, RingOut, ring};

use crate::bell::{Bell, Found};
use crate::waiters::Waiters;

/// Why nothing was sent; with what was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError<T> {
    /// There is no room.
    Full(T),
    /// The receiver has gone.
    Closed(T),
}

/// Why nothing was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// There is nothing yet.
    Empty,
    /// There is nothing, and all senders have gone.
    Closed,
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("the channel has no room"),
            Self::Closed(_) => f.write_str("the receiver has gone"),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing was sent yet"),
            Self::Closed => f.write_str("all senders have gone"),
        }
    }
}

impl<T: fmt::Debug> core::error::Error for SendError<T> {}

impl core::error::Error for RecvError {}

/// What both sides have.
struct Shared {
    /// The receiver's.
    bell: Bell,
    /// Senders that wait for room.
    full: Waiters,
    senders: AtomicUsize,
}

/// The side that sends. Each clone is another sender.
pub struct Sender<T: Send> {
    ring: RingIn<T, Shared>,
    found: Found,
}

/// The side that receives. Dropping it drops what is in the channel.
pub struct Receiver<T: Send> {
    ring: RingOut<T, Shared>,
    left: Waker,
}

/// A channel with room for `capacity` values or the next power of two.
///
/// # Context
/// Not in interrupt context. Allocates: sending does not.
pub fn channel<T: Send>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Shared { bell: Bell::new(), full: Waiters::new(), senders: AtomicUsize::new(1) };
    let (to, from) = ring(capacity, shared);
    (Sender { ring: to, found: Found::nothing() }, Receiver { ring: from, left: Waker::noop().clone() })
}

impl<T: Send> Sender<T> {
    /// Sends `value` without waiting.
    ///
    /// # Errors
    /// [`SendError`], with `value`.
    ///
    /// # Context
    /// Not in interrupt context.
    #[inline(always)]
    pub fn try_send(&mut self, value: T) -> Result<(), SendError<T>> {
        match self.ring.put(value) {
            Ok(is_awaited) => {
                if is_awaited {
                    self.ring.shared().bell.ring(&mut self.found);
                }
                Ok(())
            }
            Err(value) if self.ring.is_closed() => Err(SendError::Closed(value)),
            Err(value) => Err(SendError::Full(value)),
        }
    }

    /// Sends `value`, and waits for room.
    ///
    /// # Errors
    /// When awaited: [`SendError::Closed`], with `value`.
    pub fn send(&mut self, value: T) -> Sending<'_, T> {
        Sending { sender: self, value: Some(value) }
    }
}

impl<T: Send> Receiver<T> {
    /// Receives what is there.
    ///
    /// # Errors
    /// [`RecvError`].
    ///
    /// # Context
    /// Not in interrupt context.
    #[inline(always)]
    pub fn try_recv(&mut self) -> Result<T, RecvError> {
        if let Some(value) = self.take() {
            return Ok(value);
        }
        // SeqCst: what the last sender has sent comes before its end.
        if self.ring.shared().senders.load(Ordering::SeqCst) > 0 {
            return Err(RecvError::Empty);
        }
        self.take().ok_or(RecvError::Closed)
    }

    /// Waits for what is sent next.
    ///
    /// # Errors
    /// When awaited: [`RecvError::Closed`].
    pub fn recv(&mut self) -> Receiving<'_, T> {
        Receiving { receiver: self }
    }

    /// Something came meanwhile or is about to, or nothing comes any more.
    #[cold]
    #[inline(never)]
    fn settle(&mut self, waker: &Waker) -> Poll<Result<T, RecvError>> {
        match self.try_recv() {
            Err(RecvError::Empty) => {
                waker.wake_by_ref();
                Poll::Pending
            }
            outcome => Poll::Ready(outcome),
        }
    }

    #[inline(always)]
    fn take(&mut self) -> Option<T> {
        let value = self.ring.take()?;
        self.ring.shared().full.wake_all();
        Some(value)
    }
}

/// Sends when it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Sending<'s, T: Send> {
    sender: &'s mut Sender<T>,
    value: Option<T>,
}

/// Receives when it is awaited.
#[must_use = "nothing is received before it is awaited"]
pub struct Receiving<'r, T: Send> {
    receiver: &'r mut Receiver<T>,
}

// Nothing in it is pinned.
impl<T: Send> Unpin for Sending<'_, T> {}

impl<T: Send> Sending<'_, T> {
    /// Tries it; the value stays here if there is no room.
    #[inline(always)]
    fn attempt(&mut self) -> Option<Result<(), SendError<T>>> {
        match self.sender.try_send(self.value.take()?) {
            Err(SendError::Full(value)) => {
                self.value = Some(value);
                None
            }
            outcome => Some(outcome),
        }
    }

    /// There was no room: waits, and looks again.
    #[cold]
    #[inline(never)]
    fn wait(&mut self, context: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.sender.ring.shared().full.wait(context.waker());
        self.attempt().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T: Send> Future for Sending<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.attempt() {
            Some(outcome) => Poll::Ready(outcome),
            None => self.wait(context),
        }
    }
}

impl<T: Send> Future for Receiving<'_, T> {
    type Output = Result<T, RecvError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let receiver = &mut *self.receiver;
        if let Some(value) = receiver.take() {
            return Poll::Ready(Ok(value));
        }
        receiver.ring.shared().bell.wait(&mut receiver.left, context.waker());
        // SeqCst: the last sender goes, then looks for a waker.
        if receiver.ring.wait() && receiver.ring.shared().senders.load(Ordering::SeqCst) > 0 {
            return Poll::Pending;
        }
        receiver.settle(context.waker())
    }
}

impl<T: Send> Clone for Sender<T> {
    fn clone(&self) -> Self {
        // Relaxed: this sender is there meanwhile.
        self.ring.shared().senders.fetch_add(1, Ordering::Relaxed);
        Self { ring: self.ring.clone(), found: self.found.clone() }
    }
}

impl<T: Send> Drop for Sender<T> {
    fn drop(&mut self) {
        let shared = self.ring.shared();
        if shared.senders.fetch_sub(1, Ordering::SeqCst) == 1 {
            shared.bell.ring(&mut self.found);
        }
    }
}

impl<T: Send> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.ring.close();
        self.ring.shared().full.wake_all();
    }
}

impl<T: Send> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl<T: Send> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

//! Channel: any number send, one receives.
//!
//! What lies in a channel is its store's affair: [`Queue`](crate::Queue) for values of any type, [`Words`](crate::Words) for numbers,
//! without a lock. Here is who waits for whom, and who is gone.
//!
//! Invariants: what was sent is received once, or dropped with the receiver. A channel is closed when one side has gone: what is
//! in it can still be received. Nobody who waits misses what he waits for (see `bell`).
//!
//! Does not know executors: the two sides may be tasks of any, or strands in `block_on`.

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};

use crate::bell::{Bell, Found};
use crate::queue::Queue;
use crate::waiters::Waiters;

/// Where what was sent lies until it is received.
pub trait Store<T>: Sync {
    /// Puts `value` behind the others.
    ///
    /// # Errors
    /// `value`, if there is no room.
    fn push(&self, value: T) -> Result<(), T>;

    /// Takes the first. Called by one at a time.
    fn pop(&self) -> Option<T>;

    /// Whether there is none. `SeqCst`, behind what the caller has done before.
    fn is_empty(&self) -> bool;
}

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
struct Shared<S> {
    store: S,
    /// The receiver's.
    bell: Bell,
    /// Senders that wait for room.
    full: Waiters,
    senders: AtomicUsize,
    is_deserted: AtomicBool,
}

/// The side that sends. Each clone is another sender.
pub struct Sender<T, S: Store<T> = Queue<T>> {
    shared: Arc<Shared<S>>,
    found: Found,
    _sends: PhantomData<fn(T)>,
}

/// The side that receives. Dropping it drops what is in the channel.
pub struct Receiver<T, S: Store<T> = Queue<T>> {
    shared: Arc<Shared<S>>,
    left: Option<Waker>,
    _receives: PhantomData<fn() -> T>,
}

/// A channel with that store.
pub(crate) fn around<T, S: Store<T>>(store: S) -> (Sender<T, S>, Receiver<T, S>) {
    let shared = Arc::new(Shared {
        store,
        bell: Bell::new(),
        full: Waiters::new(),
        senders: AtomicUsize::new(1),
        is_deserted: AtomicBool::new(false),
    });
    let sender = Sender { shared: shared.clone(), found: Found::default(), _sends: PhantomData };
    (sender, Receiver { shared, left: None, _receives: PhantomData })
}

impl<T, S: Store<T>> Sender<T, S> {
    /// Sends `value` without waiting.
    ///
    /// # Errors
    /// [`SendError`], with `value`.
    ///
    /// # Context
    /// Not in interrupt context.
    #[inline(always)]
    pub fn try_send(&mut self, value: T) -> Result<(), SendError<T>> {
        // SeqCst, with the receiver's end: either it drains this, or this sees that it has gone.
        if self.shared.is_deserted.load(Ordering::SeqCst) {
            return Err(SendError::Closed(value));
        }
        self.shared.store.push(value).map_err(SendError::Full)?;
        self.shared.bell.ring(&mut self.found);
        Ok(())
    }

    /// Sends `value`, and waits for room.
    ///
    /// # Errors
    /// When awaited: [`SendError::Closed`], with `value`.
    pub fn send(&mut self, value: T) -> Sending<'_, T, S> {
        Sending { sender: self, value: Some(value) }
    }
}

impl<T, S: Store<T>> Receiver<T, S> {
    /// Receives what is there.
    ///
    /// # Errors
    /// [`RecvError`].
    ///
    /// # Context
    /// Not in interrupt context.
    #[inline(always)]
    pub fn try_recv(&mut self) -> Result<T, RecvError> {
        if let Some(value) = self.pop() {
            return Ok(value);
        }
        // SeqCst: what the last sender has sent comes before its end.
        if self.shared.senders.load(Ordering::SeqCst) > 0 {
            return Err(RecvError::Empty);
        }
        self.pop().ok_or(RecvError::Closed)
    }

    /// Waits for what is sent next.
    ///
    /// # Errors
    /// When awaited: [`RecvError::Closed`].
    pub fn recv(&mut self) -> Receiving<'_, T, S> {
        Receiving { receiver: self }
    }

    /// Something came meanwhile, or nothing comes any more.
    #[cold]
    #[inline(never)]
    fn settle(&mut self) -> Poll<Result<T, RecvError>> {
        match self.try_recv() {
            Err(RecvError::Empty) => Poll::Pending,
            outcome => Poll::Ready(outcome),
        }
    }

    #[inline(always)]
    fn pop(&self) -> Option<T> {
        let value = self.shared.store.pop()?;
        self.shared.full.wake_all();
        Some(value)
    }
}

/// Sends when it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct Sending<'s, T, S: Store<T> = Queue<T>> {
    sender: &'s mut Sender<T, S>,
    value: Option<T>,
}

/// Receives when it is awaited.
#[must_use = "nothing is received before it is awaited"]
pub struct Receiving<'r, T, S: Store<T> = Queue<T>> {
    receiver: &'r mut Receiver<T, S>,
}

// Nothing in it is pinned.
impl<T, S: Store<T>> Unpin for Sending<'_, T, S> {}

impl<T, S: Store<T>> Sending<'_, T, S> {
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
        self.sender.shared.full.wait(context.waker());
        self.attempt().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T, S: Store<T>> Future for Sending<'_, T, S> {
    type Output = Result<(), SendError<T>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.attempt() {
            Some(outcome) => Poll::Ready(outcome),
            None => self.wait(context),
        }
    }
}

impl<T, S: Store<T>> Future for Receiving<'_, T, S> {
    type Output = Result<T, RecvError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let receiver = &mut *self.receiver;
        if let Some(value) = receiver.pop() {
            return Poll::Ready(Ok(value));
        }
        receiver.shared.bell.wait(&mut receiver.left, context.waker());
        // Either side does its part before it looks for the other: see `bell`.
        if receiver.shared.store.is_empty() && receiver.shared.senders.load(Ordering::SeqCst) > 0 {
            return Poll::Pending;
        }
        receiver.settle()
    }
}

impl<T, S: Store<T>> Clone for Sender<T, S> {
    fn clone(&self) -> Self {
        // Relaxed: this sender is there meanwhile.
        self.shared.senders.fetch_add(1, Ordering::Relaxed);
        Self { shared: self.shared.clone(), found: self.found.clone(), _sends: PhantomData }
    }
}

impl<T, S: Store<T>> Drop for Sender<T, S> {
    fn drop(&mut self) {
        if self.shared.senders.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.shared.bell.ring(&mut self.found);
        }
    }
}

impl<T, S: Store<T>> Drop for Receiver<T, S> {
    fn drop(&mut self) {
        self.shared.is_deserted.store(true, Ordering::SeqCst);
        while self.shared.store.pop().is_some() {}
        self.shared.full.wake_all();
    }
}

impl<T, S: Store<T>> fmt::Debug for Sender<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl<T, S: Store<T>> fmt::Debug for Receiver<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}

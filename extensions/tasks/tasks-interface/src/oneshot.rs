//! Oneshot: one value, from one to another.

use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};

use spindle_domain::Slot;

use crate::bell::{Bell, Found};

struct Shared<T> {
    value: Slot<T>,
    bell: Bell,
    /// Nothing more comes.
    is_over: AtomicBool,
}

/// Sends the one value. Dropping it tells the other side that none comes.
pub struct OneshotSender<T> {
    shared: Arc<Shared<T>>,
}

/// Awaits the one value.
#[must_use = "nothing is received before it is awaited"]
pub struct Oneshot<T> {
    shared: Arc<Shared<T>>,
    left: Waker,
}

/// The sender has gone, and has sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderGone;

impl fmt::Display for SenderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender has gone, and has sent nothing")
    }
}

impl core::error::Error for SenderGone {}

/// A way for one value.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn oneshot<T: Send>() -> (OneshotSender<T>, Oneshot<T>) {
    let shared = Arc::new(Shared { value: Slot::new(), bell: Bell::new(), is_over: AtomicBool::new(false) });
    (OneshotSender { shared: shared.clone() }, Oneshot { shared, left: Waker::noop().clone() })
}

impl<T: Send> OneshotSender<T> {
    /// Sends `value`. If the other side has gone it is dropped with the last of both.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn send(self, value: T) {
        let _ = self.shared.value.put(value);
    }
}

impl<T> Drop for OneshotSender<T> {
    fn drop(&mut self) {
        // SeqCst, as the bell's: see there. The value comes before.
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.shared.bell.ring(&mut Found::nothing());
    }
}

impl<T: Send> Oneshot<T> {
    fn value(&self) -> Poll<Result<T, SenderGone>> {
        if !self.shared.is_over.load(Ordering::SeqCst) {
            return Poll::Pending;
        }
        Poll::Ready(self.shared.value.take().ok_or(SenderGone))
    }
}

impl<T: Send> Future for Oneshot<T> {
    type Output = Result<T, SenderGone>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(value) = this.value() {
            return Poll::Ready(value);
        }
        this.shared.bell.wait(&mut this.left, context.waker());
        this.value()
    }
}

impl<T> fmt::Debug for OneshotSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneshotSender")
    }
}

impl<T> fmt::Debug for Oneshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Oneshot")
    }
}

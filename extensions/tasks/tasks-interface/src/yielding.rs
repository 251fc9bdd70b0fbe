//! Yield: a task lets the others that are ready have their turn.

use core::pin::Pin;
use core::task::{Context, Poll};

/// Is ready when it is polled for the second time.
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct Yield {
    has_waited: bool,
}

/// Has the other tasks that are ready polled before this one goes on.
pub fn yield_now() -> Yield {
    Yield { has_waited: false }
}

impl Future for Yield {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.has_waited {
            return Poll::Ready(());
        }
        self.has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

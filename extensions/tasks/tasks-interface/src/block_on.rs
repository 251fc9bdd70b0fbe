//! Block on: a strand waits for a future.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use spindle_strand::{Me, Strand};

/// Unblocks a strand.
struct Unblock(Strand);

impl Wake for Unblock {
    fn wake(self: Arc<Self>) {
        self.0.unblock();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unblock();
    }
}

/// Runs `future` in the strand of `me`, which blocks while that waits.
///
/// # Context
/// A strand at its own level. Allocates.
pub fn block_on<F: Future>(me: &mut Me, future: F) -> F::Output {
    let waker = unblocks(me.strand());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        // A wake-up during the poll is a permit, with which `block` comes back at once.
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => me.block(),
        }
    }
}

/// Never inlined: the waker's functions are this crate's, since others may keep it.
#[inline(never)]
fn unblocks(strand: Strand) -> Waker {
    Waker::from(Arc::new(Unblock(strand)))
}

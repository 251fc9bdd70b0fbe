//! Join: both of two.

use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

/// Waits for both futures, which take turns.
pub async fn join<A: Future, B: Future>(left: A, right: B) -> (A::Output, B::Output) {
    let mut left = pin!(left);
    let mut right = pin!(right);
    let mut values = (None, None);
    poll_fn(|context| {
        advance(left.as_mut(), &mut values.0, context);
        advance(right.as_mut(), &mut values.1, context);
        match (values.0.take(), values.1.take()) {
            (Some(left), Some(right)) => Poll::Ready((left, right)),
            others => {
                values = others;
                Poll::Pending
            }
        }
    })
    .await
}

/// Polls `future` until its `value` is there.
fn advance<F: Future>(future: Pin<&mut F>, value: &mut Option<F::Output>, context: &mut Context<'_>) {
    if value.is_none()
        && let Poll::Ready(found) = future.poll(context)
    {
        *value = Some(found);
    }
}

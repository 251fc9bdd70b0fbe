//! Handle: awaits what a task gives.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use spindle_domain::Slot;

use crate::failure::TaskError;
use crate::table::Work;
use crate::task::{Fate, Task};

/// Awaits the result of a task. Dropping it has the task go on by itself.
#[must_use = "its result can be awaited; drop it to let the task go on by itself"]
pub struct TaskHandle<T> {
    task: Arc<Task>,
    result: Arc<Slot<T>>,
}

/// A future, and where its result goes.
struct Job<F: Future> {
    future: Pin<Box<F>>,
    result: Arc<Slot<F::Output>>,
}

impl<F> Work for Job<F>
where
    F: Future + Send,
    F::Output: Send,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let value = ready!(self.future.as_mut().poll(context));
        let _ = self.result.put(value);
        Poll::Ready(())
    }
}

/// What an executor runs for `future`, and where its result will be.
pub(crate) fn job<F>(future: F) -> (Box<dyn Work>, Arc<Slot<F::Output>>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let result = Arc::new(Slot::new());
    (Box::new(Job { future: Box::pin(future), result: result.clone() }), result)
}

impl<T: Send> TaskHandle<T> {
    pub(crate) fn new(task: Arc<Task>, result: Arc<Slot<T>>) -> Self {
        Self { task, result }
    }

    /// Its number, never that of another one.
    pub fn number(&self) -> u64 {
        self.task.number()
    }

    /// Whether there is something to be had without waiting.
    pub fn is_over(&self) -> bool {
        self.task.fate().is_some()
    }

    /// Has the task's future dropped at its next turn, by its executor. The handle then gives [`TaskError::Cancelled`], or the result if
    /// that came first.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn cancel(&self) {
        self.task.cancel();
    }
}

impl<T: Send> Future for TaskHandle<T> {
    type Output = Result<T, TaskError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.task.watch(context.waker()) {
            None => Poll::Pending,
            // It is taken once: who polls again has what is told of a lost one.
            Some(Fate::Done) => Poll::Ready(self.result.take().ok_or_else(|| self.task.error(Fate::Lost))),
            Some(fate) => Poll::Ready(Err(self.task.error(fate))),
        }
    }
}

impl<T> fmt::Debug for TaskHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskHandle({})", self.task.number())
    }
}

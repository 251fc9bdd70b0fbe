//! Table: the futures of an executor, in the hands of its worker.
//!
//! They need no lock: the worker alone has them, on its stack. When it panics the table's destructor lays them down in the executor,
//! where the next worker finds them. Whose future was out of the table then has panicked: it was dropped with the worker's frames,
//! and nobody looks at it again.
//!
//! Invariant: an entry without a future is that of a task that is being polled. Does not know wakers' bits.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::{forget, take};
use core::task::{Context, Poll, Waker};

use crate::executor::Executor;
use crate::task::{Fate, Task};

/// What a task does.
pub(crate) trait Work: Send {
    /// Goes on with it.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

/// A task that a worker has taken over.
pub(crate) struct Entry {
    work: Option<Box<dyn Work>>,
    task: Arc<Task>,
    waker: Waker,
}

/// The tasks by their slots.
pub(crate) type Entries = Vec<Option<Entry>>;

/// The table of a worker.
pub(crate) struct Table<'e> {
    executor: &'e Executor,
    entries: Entries,
}

impl<'e> Table<'e> {
    /// What the last worker has laid down, or an empty one.
    pub(crate) fn open(executor: &'e Executor) -> Self {
        Self { executor, entries: executor.pick_up().unwrap_or_default() }
    }

    /// Polls the task in `slot`, if there is one.
    #[inline(always)]
    pub(crate) fn turn(&mut self, slot: usize) {
        let entry = match self.entries.get_mut(slot) {
            Some(Some(entry)) => entry,
            _ => match self.adopt(slot) {
                Some(entry) => entry,
                None => return,
            },
        };
        let Some(mut work) = entry.work.take() else { return };
        if entry.task.is_cancelled() {
            drop(work);
            return self.dismiss(slot, Fate::Cancelled);
        }
        match work.poll(&mut Context::from_waker(&entry.waker)) {
            // Nothing is there that would have to be dropped.
            Poll::Pending => forget(entry.work.replace(work)),
            Poll::Ready(()) => {
                drop(work);
                self.dismiss(slot, Fate::Done);
            }
        }
    }

    /// Takes over what was spawned into `slot`.
    #[cold]
    #[inline(never)]
    fn adopt(&mut self, slot: usize) -> Option<&mut Entry> {
        let (work, task) = self.executor.arrival(slot)?;
        if slot >= self.entries.len() {
            let more = slot + 1 - self.entries.len();
            if self.entries.try_reserve(more).is_err() {
                drop(work);
                self.executor.dismiss(&task, Fate::Lost);
                return None;
            }
            self.entries.resize_with(slot + 1, || None);
        }
        let waker = task.waker();
        Some(self.entries.get_mut(slot)?.insert(Entry { work: Some(work), task, waker }))
    }

    /// The task in `slot` is over.
    #[inline(never)]
    fn dismiss(&mut self, slot: usize, fate: Fate) {
        if let Some(entry) = self.entries.get_mut(slot).and_then(Option::take) {
            self.executor.dismiss(&entry.task, fate);
        }
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        self.executor.lay_down(take(&mut self.entries));
    }
}

/// Takes those out of `entries` that were being polled when their worker panicked.
pub(crate) fn take_failed(entries: &mut Entries) -> Vec<Arc<Task>> {
    let failed = entries.iter_mut().filter_map(|place| place.take_if(|entry| entry.work.is_none()));
    failed.map(|entry| entry.task).collect()
}

/// Drops what is left of an executor that has ended.
pub(crate) fn lose(executor: &Executor, entries: Entries) {
    for Entry { work, task, .. } in entries.into_iter().flatten() {
        drop(work);
        executor.dismiss(&task, Fate::Lost);
    }
}

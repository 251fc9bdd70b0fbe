//! Table: the futures of an executor, in the hands of its worker.
//!
//! They need no lock: the worker alone has them, on its stack. When it panics the table's destructor lays them down in the executor,
//! where the next worker finds them. Whose future was polled then has panicked: it is dropped, and nobody looks at it again.
//!
//! Invariant: an entry that was laid down without a future is that of a task that has panicked. Does not know wakers' bits.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::take;
use core::task::{Context, Poll, Waker};

use crate::executor::Executor;
use crate::task::{Fate, Task};

/// What a task does.
pub(crate) trait Work: Send {
    /// Goes on with it.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()>;
}

/// A slot that no executor has.
const NONE: usize = usize::MAX;

/// A task that a worker has taken over.
pub(crate) struct Entry {
    /// None when it is over.
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
    /// Where it is polled, or was last.
    polled: usize,
}

impl<'e> Table<'e> {
    /// What the last worker has laid down, or an empty one.
    pub(crate) fn open(executor: &'e Executor) -> Self {
        Self { executor, entries: executor.pick_up().unwrap_or_default(), polled: NONE }
    }

    /// Polls the task in `slot`, if there is one.
    #[inline(always)]
    pub(crate) fn turn(&mut self, slot: usize) {
        let entry = match self.entries.get_mut(slot) {
            Some(Some(entry)) => entry,
            _ => match adopt(self.executor, &mut self.entries, slot) {
                Some(entry) => entry,
                None => return,
            },
        };
        let Some(work) = &mut entry.work else { return };
        self.polled = slot;
        if entry.task.is_cancelled() {
            return self.dismiss(slot, Fate::Cancelled);
        }
        if work.poll(&mut Context::from_waker(&entry.waker)).is_ready() {
            self.dismiss(slot, Fate::Done);
        }
    }

    /// Nobody is polled.
    pub(crate) fn rest(&mut self) {
        self.polled = NONE;
    }

    /// The task in `slot` is over. Its future is dropped in its own turn.
    #[cold]
    #[inline(never)]
    fn dismiss(&mut self, slot: usize, fate: Fate) {
        let Some(entry) = self.entries.get_mut(slot) else { return };
        drop(entry.as_mut().and_then(|entry| entry.work.take()));
        let entry = entry.take();
        self.rest();
        if let Some(entry) = entry {
            self.executor.dismiss(&entry.task, fate);
        }
    }
}

/// Takes over what was spawned into `slot`.
#[cold]
#[inline(never)]
fn adopt<'t>(executor: &Executor, entries: &'t mut Entries, slot: usize) -> Option<&'t mut Entry> {
    let (work, task) = executor.arrival(slot)?;
    if slot >= entries.len() {
        let more = slot + 1 - entries.len();
        if entries.try_reserve(more).is_err() {
            drop(work);
            executor.dismiss(&task, Fate::Lost);
            return None;
        }
        entries.resize_with(slot + 1, || None);
    }
    let waker = task.waker();
    Some(entries.get_mut(slot)?.insert(Entry { work: Some(work), task, waker }))
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        let mut entries = take(&mut self.entries);
        let polled = entries.get_mut(self.polled).and_then(Option::as_mut);
        // Dropped last: it may panic as well.
        let failed = polled.and_then(|entry| entry.work.take());
        self.executor.lay_down(entries);
        drop(failed);
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

//! Executor: what keeper, worker and spawners of one core have in common.
//!
//! A *slot* is where a task is: its bit in the signals, its cell here, its place in the worker's table. A task is put into its cell
//! by who spawns it and taken out of it by the worker, when it is polled for the first time; what is left in the cell says which task has
//! the slot, for when a worker is lost with its table.
//!
//! Invariants: a slot is given back only after its cell is empty. Who was ended between taking a slot and filling its cell leaves a
//! slot that nobody has, and no more. No lock is held while anything of a task runs.
//!
//! Does not know strands, nor when a task is polled.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_event::CoreId;

use crate::failure::TaskError;
use crate::place::Place;
use crate::signals::{BITS, Signals, WORDS};
use crate::table::{self, Entries, Work};
use crate::task::{Fate, Task};

/// How many tasks an executor can have at a time.
pub const SLOTS: usize = WORDS * BITS;

/// A task in its slot; with its work until the worker has that.
struct Cell {
    task: Arc<Task>,
    work: Option<Box<dyn Work>>,
}

/// An executor.
pub(crate) struct Executor {
    pub(crate) core: CoreId,
    pub(crate) signals: Arc<Signals>,
    /// The slots that are in use, a bit each.
    taken: [AtomicU64; WORDS],
    cells: Vec<Place<Cell>>,
    /// Where a worker that panics lays down its table.
    table: Place<Entries>,
    is_closed: AtomicBool,
}

impl Executor {
    /// One for `core`. Never inlined: what wakers keep of it lies on the heap of this crate's extension.
    #[inline(never)]
    pub(crate) fn new(core: CoreId) -> Result<Self, TaskError> {
        let mut cells = Vec::new();
        cells.try_reserve_exact(SLOTS).map_err(|_| TaskError::NoMemory { core })?;
        cells.resize_with(SLOTS, Place::new);
        Ok(Self {
            core,
            signals: Arc::new(Signals::new()),
            taken: [const { AtomicU64::new(0) }; WORDS],
            cells,
            table: Place::new(),
            is_closed: AtomicBool::new(false),
        })
    }

    /// Has `work` done.
    #[inline(never)]
    pub(crate) fn spawn(&self, work: Box<dyn Work>) -> Result<Arc<Task>, TaskError> {
        let slot = self.take_slot().ok_or(TaskError::Full { core: self.core })?;
        let task = Task::new(self.signals.clone(), slot);
        if let Some(cell) = self.cells.get(slot) {
            let filled = cell.put(Cell { task: task.clone(), work: Some(work) });
            filled.inspect_err(|_| self.give_back(slot)).map_err(TaskError::Busy)?;
        }
        task.ready();
        // Whoever closes it looks into the cells after having said so: either sees this one.
        if self.is_closed() {
            self.close();
        }
        Ok(task)
    }

    /// The lowest free slot.
    fn take_slot(&self) -> Option<usize> {
        self.taken.iter().enumerate().find_map(|(number, word)| {
            // Acquire and release: what the last task has left in the slot comes before what the next one does.
            let lowest = |taken: u64| (taken != u64::MAX).then(|| taken | (taken + 1));
            let before = word.fetch_update(Ordering::AcqRel, Ordering::Acquire, lowest).ok()?;
            Some(number * BITS + before.trailing_ones() as usize)
        })
    }

    fn give_back(&self, slot: usize) {
        if let Some(word) = self.taken.get(slot / BITS) {
            // Release: see `take_slot`.
            word.fetch_and(!(1 << (slot % BITS)), Ordering::Release);
        }
    }

    /// What was spawned into `slot`, for its worker.
    pub(crate) fn arrival(&self, slot: usize) -> Option<(Box<dyn Work>, Arc<Task>)> {
        let take = |cell: &mut Option<Cell>| {
            let cell = cell.as_mut()?;
            Some((cell.work.take()?, cell.task.clone()))
        };
        self.cells.get(slot)?.with(take).ok().flatten()
    }

    /// `task` is over, and its slot free.
    pub(crate) fn dismiss(&self, task: &Task, fate: Fate) {
        let slot = task.slot();
        drop(self.cells.get(slot).and_then(Place::take));
        self.give_back(slot);
        task.settle(fate);
    }

    /// A worker's table, when that has ended.
    pub(crate) fn lay_down(&self, entries: Entries) {
        let _ = self.table.put(entries);
        // SeqCst, with `close`: one of both sees what the other has done.
        if self.is_closed() {
            self.lose_table();
        }
    }

    /// The table that the last worker has laid down; none if it could not.
    pub(crate) fn pick_up(&self) -> Option<Entries> {
        self.table.take()
    }

    /// The worker has ended: tells what has become of its tasks, and has the others go on.
    pub(crate) fn recover(&self) {
        match self.pick_up() {
            Some(mut entries) => {
                let failed = table::take_failed(&mut entries);
                self.lay_down(entries);
                failed.iter().for_each(|task| self.dismiss(task, Fate::Panicked));
            }
            // Its destructors have not run: what it had is nobody's any more.
            None => self.lose_those(|cell| cell.work.is_none()),
        }
        // What it had taken of the signals is gone with it.
        self.signals.wake_all(self.taken.iter().map(|word| word.load(Ordering::Acquire)));
    }

    /// Loses the tasks whose cells are so.
    fn lose_those(&self, is_lost: fn(&Cell) -> bool) {
        for cell in &self.cells {
            if let Ok(Some(Cell { task, work })) = cell.with(|place| place.take_if(|cell| is_lost(cell))) {
                drop(work);
                self.dismiss(&task, Fate::Lost);
            }
        }
    }

    fn lose_table(&self) {
        if let Some(entries) = self.pick_up() {
            table::lose(self, entries);
        }
    }

    /// Nobody works here any more: what is there is lost.
    pub(crate) fn close(&self) {
        // SeqCst: see `lay_down` and `spawn`.
        self.is_closed.store(true, Ordering::SeqCst);
        self.lose_table();
        self.lose_those(|cell| cell.work.is_some());
        self.signals.wake_all([0; WORDS].into_iter());
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }
}

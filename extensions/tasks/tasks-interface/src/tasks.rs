//! Tasks: the executors of one extension.

use alloc::sync::Arc;
use core::fmt;

use spindle_domain::LockError;
use spindle_event::{CoreId, cores};
use spindle_strand::{State, Strand, StrandError};

use crate::executor::Executor;
use crate::failure::TaskError;
use crate::handle::{TaskHandle, job};
use crate::keeper::{self, Begin};
use crate::place::Place;

/// As many cores as a kernel can have.
const CORES: usize = 32;

/// An executor, and the strand that has it work.
struct Kept {
    executor: Arc<Executor>,
    keeper: Strand,
}

/// The tasks of one extension: an executor for each core that it spawns on. A `static` of that extension:
///
/// ```ignore
/// /// Mine: whose code begins the strands.
/// struct Mine;
///
/// static TASKS: Tasks = Tasks::of::<Mine>();
///
/// let sum = TASKS.spawn(async { 1 + 1 })?;
/// ```
pub struct Tasks {
    begin: Begin,
    executors: [Place<Kept>; CORES],
}

impl Tasks {
    /// Those of the extension that declares the type `Owner`: its code begins the strands, so they are that extension's.
    #[must_use]
    pub const fn of<Owner: 'static>() -> Self {
        Self { begin: keeper::begin::<Owner>, executors: [const { Place::new() }; CORES] }
    }

    /// Has `future` run by the executor of this core.
    ///
    /// # Errors
    /// [`TaskError`]; `future` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn spawn<F>(&'static self, future: F) -> Result<TaskHandle<F::Output>, TaskError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_on(cores::current(), future)
    }

    /// Has `future` run by the executor of `core`.
    ///
    /// # Errors
    /// [`TaskError`]; `future` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn spawn_on<F>(&'static self, core: CoreId, future: F) -> Result<TaskHandle<F::Output>, TaskError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let executor = self.executor(core)?;
        let (work, result) = job(future);
        Ok(TaskHandle::new(executor.spawn(work)?, result))
    }

    /// The executor of `core`; begins it when there is none, or none any more.
    #[inline(never)]
    fn executor(&'static self, core: CoreId) -> Result<Arc<Executor>, TaskError> {
        let offline = TaskError::Offline { core };
        if !core.is_online() {
            return Err(offline);
        }
        let place = self.executors.get(core.index()).ok_or(offline)?;
        if let Some(executor) = place.with(|place| place.as_ref().and_then(Kept::executor)).map_err(busy)? {
            return Ok(executor);
        }
        let executor = Arc::new(Executor::new(core)?);
        let begin = self.begin;
        let settled = place.with(|place| match place.as_ref().and_then(Kept::executor) {
            Some(other) => Ok((other, None)),
            None => {
                let keeper = begin(self, executor.clone())?;
                Ok((executor.clone(), place.replace(Kept { executor, keeper })))
            }
        });
        let (executor, old) =
            settled.map_err(busy)?.map_err(|error: StrandError| TaskError::Strand(error))?;
        if let Some(old) = old {
            old.executor.close();
        }
        Ok(executor)
    }

    /// Forgets an executor that is closed.
    pub(crate) fn forget(&self, executor: &Arc<Executor>) {
        let Some(place) = self.executors.get(executor.core.index()) else { return };
        let is_it = |kept: &mut Kept| Arc::ptr_eq(&kept.executor, executor);
        // Dropped without the lock. Who holds that lock meanwhile is about to put another one there.
        drop(place.with(|place| place.take_if(is_it)));
    }
}

impl Kept {
    /// The executor, if somebody has it work.
    fn executor(&self) -> Option<Arc<Executor>> {
        let works = self.keeper.state() != State::Ended && !self.executor.is_closed();
        works.then(|| self.executor.clone())
    }
}

fn busy(error: LockError) -> TaskError {
    TaskError::Busy(error)
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tasks")
    }
}

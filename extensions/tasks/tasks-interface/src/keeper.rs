//! Keeper: the strand that has an executor work, whatever becomes of its worker.
//!
//! A task that panics ends the strand that polls it. The keeper waits for that, tells whose future it was, and begins another
//! worker, which goes on with the rest. It is a strand of its own because a worker that faults has no destructor run: nothing
//! else is sure to notice.
//!
//! Invariants: an executor has one keeper and at most one worker. When the keeper is over the executor is closed.
//!
//! Does not know tasks.

use alloc::sync::Arc;
use core::marker::PhantomData;

use spindle_clock::now_ns;
use spindle_strand::{Me, Strand, StrandError};

use crate::executor::Executor;
use crate::tasks::Tasks;
use crate::worker;

/// The keeper's stack. It begins strands, and no more.
const STACK_BYTES: usize = 16 << 10;
/// How long it waits before it tries again to begin a worker.
const PAUSE_NS: u64 = 10_000_000;

/// Begins the keeper of an executor of these tasks.
pub(crate) type Begin = fn(&'static Tasks, Arc<Executor>) -> Result<Strand, StrandError>;

/// Compiled for `Owner`, into the crate that has that type: whose code it is, his are the strands.
pub(crate) fn begin<Owner: 'static>(
    tasks: &'static Tasks,
    executor: Arc<Executor>,
) -> Result<Strand, StrandError> {
    let core = executor.core;
    let open = Closing { tasks, executor };
    Strand::build().name("tasks-keeper").on(core).stack_bytes(STACK_BYTES).start(move |me| {
        let _owner = PhantomData::<Owner>;
        keep(me, &open.executor, begin_worker::<Owner>);
        drop(open);
    })
}

fn begin_worker<Owner: 'static>(executor: Arc<Executor>) -> Result<Strand, StrandError> {
    let core = executor.core;
    Strand::build().name("tasks").on(core).start(move |me| {
        let _owner = PhantomData::<Owner>;
        worker::work(me, &executor);
    })
}

/// Closes the executor when the keeper is over, and has it forgotten: statics are not dropped, and what they have would stay.
struct Closing {
    tasks: &'static Tasks,
    executor: Arc<Executor>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.executor.close();
        self.tasks.forget(&self.executor);
    }
}

fn keep(me: &mut Me, executor: &Arc<Executor>, begin: fn(Arc<Executor>) -> Result<Strand, StrandError>) {
    while !executor.is_closed() {
        match begin(executor.clone()) {
            Ok(worker) => {
                // Nobody else has the worker, so nobody else waits for its end.
                if me.wait_for_end(&worker).is_err() {
                    return;
                }
                executor.recover();
            }
            Err(StrandError::Leaving { .. } | StrandError::Offline { .. }) => return,
            // Too many, or no memory: maybe not for ever.
            Err(_) => me.sleep_until(now_ns().saturating_add(PAUSE_NS)),
        }
    }
}

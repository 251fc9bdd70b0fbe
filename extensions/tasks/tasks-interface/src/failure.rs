//! Why a task is not spawned, and why it has no result.

use core::fmt;

use spindle_domain::LockError;
use spindle_event::CoreId;
use spindle_strand::StrandError;

use crate::executor::SLOTS;

/// Why a task is not spawned, or has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// There is no such core, or it does not run.
    Offline {
        /// The core.
        core: CoreId,
    },
    /// The executor has [`SLOTS`] tasks already.
    Full {
        /// Of which core.
        core: CoreId,
    },
    /// There is no memory for an executor.
    NoMemory {
        /// Of which core.
        core: CoreId,
    },
    /// The executor's strand does not begin.
    Strand(StrandError),
    /// The executor is not to be had: who asked is ended, or holds too many locks.
    Busy(LockError),
    /// Somebody has cancelled the task.
    Cancelled {
        /// Its number.
        task: u64,
    },
    /// It has panicked.
    Panicked {
        /// Its number.
        task: u64,
    },
    /// It was lost with its executor: that was ended, or a fault has left nothing of what it had.
    Lost {
        /// Its number.
        task: u64,
    },
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offline { core } => write!(f, "core {core} does not run"),
            Self::Full { core } => write!(f, "core {core} has {SLOTS} tasks already"),
            Self::NoMemory { core } => write!(f, "no memory for the executor of core {core}"),
            Self::Strand(error) => write!(f, "the executor does not begin: {error}"),
            Self::Busy(error) => write!(f, "the executor is not to be had: {error}"),
            Self::Cancelled { task } => write!(f, "task {task} was cancelled"),
            Self::Panicked { task } => write!(f, "task {task} has panicked"),
            Self::Lost { task } => write!(f, "task {task} was lost with its executor"),
        }
    }
}

impl core::error::Error for TaskError {}

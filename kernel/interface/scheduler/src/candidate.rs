//! Candidate: who stands for the office.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Binding, CoreId};

use crate::failure::OfficeError;
use crate::hearing::listen;
use crate::scheduler::Scheduler;
use crate::service::{Standing, offices};

/// The next one's number.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// How long a scheduler keeps somebody waiting who can run, at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// A tick, which is ten milliseconds, for each that can run on the core, and one more.
    TickEach,
    /// So many nanoseconds: no more than ten seconds.
    Longest(u64),
}

/// A scheduler that stands for the office of one core, or of all. It stands until its domain ends or it [withdraws](Self::withdraw), dropped or not.
#[derive(Debug)]
pub struct Candidate {
    number: u64,
    binding: Binding,
}

impl Candidate {
    /// Has `scheduler` stand, under `name`, by which an operator can appoint it.
    ///
    /// # Errors
    /// [`OfficeError`]; `scheduler` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn stand<S: Scheduler>(name: &str, promise: Promise, scheduler: S) -> Result<Self, OfficeError> {
        let offices = offices().ok_or(OfficeError::NotServed)?;
        // Relaxed: only that no two are the same.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let binding = listen(number, Arc::new(scheduler)).map_err(OfficeError::Install)?;
        // Compiled into the crate whose scheduler it is: its address says whose.
        let code = S::pick as *const () as usize;
        match offices.stand(Standing { number, name, code, promise }) {
            Ok(()) => Ok(Self { number, binding }),
            Err(error) => {
                let _ = binding.uninstall_soon();
                Err(error)
            }
        }
    }

    /// Takes the office of `core`, or of all, from whoever has it.
    ///
    /// # Errors
    /// [`OfficeError::Fallen`] if it has lost an office, [`OfficeError::Offline`].
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn take(&self, core: Option<CoreId>) -> Result<(), OfficeError> {
        offices().ok_or(OfficeError::NotServed)?.appoint(self.number, core)
    }

    /// Gives the office of `core`, or of all that it has, back to the kernel's own.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn resign(&self, core: Option<CoreId>) {
        if let Some(offices) = offices() {
            offices.resign(self.number, core);
        }
    }

    /// Stands no longer, and gives back all that it has.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn withdraw(self) {
        if let Some(offices) = offices() {
            offices.withdraw(self.number);
        }
        let _ = self.binding.uninstall_soon();
    }
}

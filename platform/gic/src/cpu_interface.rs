//! What a core does with the interrupt controller.

use core::fmt;

use arm_gic::{IntId, Trigger};

use crate::acknowledged::Acknowledged;
use crate::error::GicError;
use crate::gic::{Controller, Gic};
use crate::priority::Priority;
use crate::v2::{self, V2};
use crate::v3::{self, V3};

/// Affinity fields of `MPIDR_EL1`.
const AFFINITY: u64 = 0xff_00ff_ffff;

/// Who gets a software-generated interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SgiTarget {
    /// The core with this number, which may be the sender.
    Core(usize),
    /// Every core but the sender.
    AllOthers,
}

/// One core's access to the interrupt controller.
///
/// It is made by [`Gic::init_core`] and meant for that core: used on another one, private interrupts and acknowledges are the
/// wrong core's (never anything worse).
#[derive(Clone, Copy)]
pub struct CpuInterface {
    core: usize,
    driver: Driver,
}

#[derive(Clone, Copy)]
enum Driver {
    V2(&'static V2, v2::Interface),
    V3(&'static V3, v3::Interface),
}

impl CpuInterface {
    pub(crate) fn new(gic: &'static Gic, core: usize, mpidr: u64) -> Result<Self, GicError> {
        let driver = match &gic.controller {
            Controller::V2(v2) => Driver::V2(v2, v2.init_core(core)?),
            Controller::V3(v3) => Driver::V3(v3, v3.init_core(core, mpidr & AFFINITY)?),
        };
        Ok(Self { core, driver })
    }

    /// The core that this belongs to.
    #[must_use]
    pub const fn core(&self) -> usize {
        self.core
    }

    /// Takes the most urgent pending interrupt, which is active from now on; `None` when there is none (any more). What the
    /// sender of an SGI stored before sending is visible after this.
    ///
    /// # Context
    /// The vector, on this core. Takes no lock.
    #[inline]
    pub fn acknowledge(&self) -> Option<Acknowledged> {
        match &self.driver {
            Driver::V2(_, interface) => interface.acknowledge(),
            Driver::V3(_, interface) => interface.acknowledge(),
        }
    }

    /// Lets interrupts of the same or lower urgency interrupt this core again; the acknowledged one itself stays active.
    ///
    /// # Context
    /// This core, which acknowledged it, before any other is acknowledged. Takes no lock.
    #[inline]
    pub fn drop_priority(&self, acknowledged: &Acknowledged) {
        match &self.driver {
            Driver::V2(_, interface) => interface.drop_priority(acknowledged),
            Driver::V3(_, interface) => interface.drop_priority(acknowledged),
        }
    }

    /// Lets the interrupt come again.
    ///
    /// # Context
    /// After [`drop_priority`](Self::drop_priority); for an SGI or PPI on the core that acknowledged it, for an SPI on any.
    /// Takes no lock.
    #[inline]
    pub fn deactivate(&self, acknowledged: Acknowledged) {
        match &self.driver {
            Driver::V2(_, interface) => interface.deactivate(&acknowledged),
            Driver::V3(_, interface) => interface.deactivate(&acknowledged),
        }
    }

    /// Both steps at once, for an interrupt that was served on the spot.
    ///
    /// # Context
    /// As [`drop_priority`](Self::drop_priority).
    #[inline]
    pub fn complete(&self, acknowledged: Acknowledged) {
        self.drop_priority(&acknowledged);
        self.deactivate(acknowledged);
    }

    /// Sends a software-generated interrupt. What this core stored before is visible to the receiver that takes it.
    ///
    /// # Errors
    /// [`GicError::NotSoftwareGenerated`]; [`GicError::CoreBeyondLimit`] and [`GicError::CoreNotInitialised`].
    ///
    /// # Context
    /// Any. Takes no lock.
    #[inline]
    pub fn send_sgi(&self, int_id: IntId, target: SgiTarget) -> Result<(), GicError> {
        match (&self.driver, target) {
            (Driver::V2(v2, _), SgiTarget::Core(core)) => v2.send_to(int_id, core),
            (Driver::V2(v2, _), SgiTarget::AllOthers) => v2.send_to_all_others(int_id),
            (Driver::V3(v3, _), SgiTarget::Core(core)) => v3.send_to(int_id, core),
            (Driver::V3(v3, _), SgiTarget::AllOthers) => v3.send_to_all_others(int_id),
        }
    }

    /// Switches an interrupt on: a private one for this core, a shared one for the core it is routed to.
    ///
    /// # Errors
    /// [`GicError::NoSuchInterrupt`].
    ///
    /// # Context
    /// This core; not in the interrupt path.
    pub fn enable(&self, int_id: IntId) -> Result<(), GicError> {
        match &self.driver {
            Driver::V2(v2, _) => v2.enable(int_id),
            Driver::V3(v3, interface) => v3.enable(*interface, int_id),
        }
    }

    /// Switches an interrupt off. One that is active already stays so until it is deactivated.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    ///
    /// # Context
    /// As [`enable`](Self::enable).
    pub fn disable(&self, int_id: IntId) -> Result<(), GicError> {
        match &self.driver {
            Driver::V2(v2, _) => v2.disable(int_id),
            Driver::V3(v3, interface) => v3.disable(*interface, int_id),
        }
    }

    /// Sets the priority of this interrupt and of no other.
    ///
    /// # Errors
    /// As [`enable`](Self::enable).
    ///
    /// # Context
    /// As [`enable`](Self::enable).
    pub fn set_priority(&self, int_id: IntId, priority: Priority) -> Result<(), GicError> {
        match &self.driver {
            Driver::V2(v2, _) => v2.set_priority(int_id, priority),
            Driver::V3(v3, interface) => v3.set_priority(*interface, int_id, priority),
        }
    }

    /// Sets whether the interrupt comes from an edge or a level. That may change only while it is off, so it is switched off
    /// and stays off.
    ///
    /// # Errors
    /// As [`enable`](Self::enable), and [`GicError::FixedTrigger`] for an SGI.
    ///
    /// # Context
    /// As [`enable`](Self::enable).
    pub fn set_trigger(&self, int_id: IntId, trigger: Trigger) -> Result<(), GicError> {
        match &self.driver {
            Driver::V2(v2, _) => v2.set_trigger(int_id, trigger),
            Driver::V3(v3, interface) => v3.set_trigger(*interface, int_id, trigger),
        }
    }

    /// Sends a shared interrupt to `core` and no other from now on.
    ///
    /// # Errors
    /// [`GicError::NotShared`], [`GicError::NoSuchInterrupt`], [`GicError::CoreBeyondLimit`] and
    /// [`GicError::CoreNotInitialised`].
    ///
    /// # Context
    /// Any core; not in the interrupt path.
    pub fn route_spi(&self, int_id: IntId, core: usize) -> Result<(), GicError> {
        match &self.driver {
            Driver::V2(v2, _) => v2.route(int_id, core),
            Driver::V3(v3, _) => v3.route(int_id, core),
        }
    }
}

impl fmt::Debug for CpuInterface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuInterface").field("core", &self.core).finish_non_exhaustive()
    }
}

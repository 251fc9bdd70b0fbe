//! The controller as a whole: set up once, then shared by all cores.

use spindle_machine::mmio::DeviceRegion;

use crate::cpu_interface::CpuInterface;
use crate::error::GicError;
use crate::v2::{self, V2};
use crate::v3::V3;

/// Which architecture the controller follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// GICv2.
    V2,
    /// GICv3, or GICv4 used as one.
    V3,
}

/// The interrupt controller.
pub struct Gic {
    pub(crate) controller: Controller,
}

/// The two drivers.
#[expect(clippy::large_enum_variant, reason = "there is one, in a static")]
pub(crate) enum Controller {
    V2(V2),
    V3(V3),
}

impl Gic {
    /// Takes over a GICv2: all shared interrupts off, level-triggered, of normal priority, routed nowhere.
    ///
    /// `cpu_interface` must reach `GICC_DIR` at offset 0x1000; 8 KiB are usual.
    ///
    /// # Errors
    /// [`GicError::RegionTooShort`] and [`GicError::RegionMisaligned`]; [`GicError::WrongVersion`] when the distributor says that
    /// it is no GICv2.
    ///
    /// # Context
    /// The first core, once, interrupts masked, before any core is set up.
    pub fn v2(distributor: DeviceRegion, cpu_interface: DeviceRegion) -> Result<Self, GicError> {
        V2::new(distributor, cpu_interface).map(|v2| Self { controller: Controller::V2(v2) })
    }

    /// Takes over a GICv3 or GICv4: all shared interrupts off, level-triggered, of normal priority.
    ///
    /// `redistributors` are the regions that the board names. They are walked: a redistributor says itself which core it
    /// belongs to. 256 KiB per core is as much of a region as is ever looked at.
    ///
    /// # Errors
    /// As [`Gic::v2`].
    ///
    /// # Context
    /// The first core, once, interrupts masked, before any core is set up.
    pub fn v3(
        distributor: DeviceRegion,
        redistributors: impl IntoIterator<Item = DeviceRegion>,
    ) -> Result<Self, GicError> {
        V3::new(distributor, redistributors).map(|v3| Self { controller: Controller::V3(v3) })
    }

    /// Which version it is.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self.controller {
            Controller::V2(_) => Version::V2,
            Controller::V3(_) => Version::V3,
        }
    }

    /// How many cores the controller can serve.
    #[must_use]
    pub const fn max_cores(&self) -> usize {
        match self.controller {
            Controller::V2(_) => v2::MAX_CORES,
            Controller::V3(_) => spindle_sync::MAX_CORES,
        }
    }

    /// Sets up the calling core, known to the kernel as `core`: its private interrupts off, its CPU interface on. `mpidr` is its
    /// own `MPIDR_EL1`, of which the affinity fields count.
    ///
    /// From now on others can send to it and route to it. Calling it again starts that core's set-up afresh.
    ///
    /// # Errors
    /// [`GicError::CoreBeyondLimit`]; on GICv3 also [`GicError::NoRedistributor`], [`GicError::AffinityBeyondReach`] and
    /// [`GicError::NoSystemRegisters`].
    ///
    /// # Context
    /// On that core, interrupts masked.
    pub fn init_core(&'static self, core: usize, mpidr: u64) -> Result<CpuInterface, GicError> {
        CpuInterface::new(self, core, mpidr)
    }
}

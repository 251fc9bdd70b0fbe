//! What the interrupt controller's driver refuses.

use core::fmt;

use arm_gic::IntId;

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GicError {
    /// A register block is shorter than the driver needs.
    RegionTooShort {
        /// Which block.
        block: &'static str,
        /// Its length.
        len_bytes: usize,
        /// What is needed.
        needed_bytes: usize,
    },
    /// A register block does not start at a multiple of its registers' alignment.
    RegionMisaligned {
        /// Which block.
        block: &'static str,
        /// Its mapped address.
        address: usize,
    },
    /// The distributor says that it is of another architecture version.
    WrongVersion {
        /// `ArchRev` of GICD_PIDR2.
        found: u8,
    },
    /// A core number that the controller cannot serve.
    CoreBeyondLimit {
        /// The core.
        core: usize,
        /// How many it can.
        limit: usize,
    },
    /// No redistributor belongs to the core with this affinity.
    NoRedistributor {
        /// Affinity fields of its `MPIDR_EL1`.
        mpidr: u64,
    },
    /// The core's affinity level 0 is above 15, which a software-generated interrupt does not reach here.
    AffinityBeyondReach {
        /// Affinity fields of its `MPIDR_EL1`.
        mpidr: u64,
    },
    /// The core has not called `init_core`.
    CoreNotInitialised {
        /// The core.
        core: usize,
    },
    /// Firmware keeps the GICv3 system registers from us (`ICC_SRE_EL1.SRE` stays 0).
    NoSystemRegisters,
    /// The controller does not implement this interrupt.
    NoSuchInterrupt {
        /// The interrupt.
        int_id: IntId,
        /// Number of interrupts implemented.
        lines: u32,
    },
    /// Only a shared peripheral interrupt has a route.
    NotShared(IntId),
    /// Only a software-generated interrupt can be sent.
    NotSoftwareGenerated(IntId),
    /// The trigger of a software-generated interrupt is fixed.
    FixedTrigger(IntId),
}

impl fmt::Display for GicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegionTooShort { block, len_bytes, needed_bytes } => {
                write!(f, "{block} has {len_bytes:#x} bytes, {needed_bytes:#x} are needed")
            }
            Self::RegionMisaligned { block, address } => write!(f, "{block} starts at {address:#x}"),
            Self::WrongVersion { found } => write!(f, "distributor is of GIC architecture {found}"),
            Self::CoreBeyondLimit { core, limit } => write!(f, "core {core}: the GIC serves {limit}"),
            Self::NoRedistributor { mpidr } => write!(f, "no redistributor for affinity {mpidr:#x}"),
            Self::AffinityBeyondReach { mpidr } => write!(f, "no SGI reaches affinity {mpidr:#x}"),
            Self::CoreNotInitialised { core } => write!(f, "core {core} has not set up its interrupts"),
            Self::NoSystemRegisters => f.write_str("firmware withholds the GIC's system registers"),
            Self::NoSuchInterrupt { int_id, lines } => {
                write!(f, "{int_id:?}: the GIC has {lines} interrupts")
            }
            Self::NotShared(int_id) => write!(f, "{int_id:?} is not shared, so it has no route"),
            Self::NotSoftwareGenerated(int_id) => write!(f, "{int_id:?} cannot be sent"),
            Self::FixedTrigger(int_id) => write!(f, "{int_id:?}: the trigger is fixed"),
        }
    }
}

impl core::error::Error for GicError {}

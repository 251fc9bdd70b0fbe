//! Which redistributor belongs to which core.
//!
//! A core's redistributor is two frames of 64 KiB, four where it serves virtual LPIs (GICv4); it names its core and says whether
//! it is its region's last. So regions are walked, never indexed.
//!
//! Source: IHI 0069H, sections 12.10 and 12.11.35 (GICR_TYPER).

use arm_gic::gicv3::GicRedistributor;
use arm_gic::gicv3::registers::GicrSgi;
use arrayvec::ArrayVec;
use spindle_machine::mmio::DeviceRegion;
use spindle_sync::{Lock, MAX_CORES};

use crate::error::GicError;
use crate::registers;

/// Frames RD_base and SGI_base.
const FRAMES_BYTES: usize = 0x2_0000;
/// The same with VLPI_base and a reserved frame.
const FRAMES_WITH_VLPI_BYTES: usize = 0x4_0000;

/// One core's redistributor.
pub(crate) struct Redistributor {
    /// Affinity fields of the core's `MPIDR_EL1`.
    pub(crate) mpidr: u64,
    /// Its registers, which only set-up touches.
    pub(crate) frames: Lock<GicRedistributor<'static>>,
}

/// The redistributors of all cores.
pub(crate) type Redistributors = ArrayVec<Redistributor, MAX_CORES>;

/// Walks all regions; redistributors beyond the kernel's number of cores are passed over.
pub(crate) fn find(regions: impl IntoIterator<Item = DeviceRegion>) -> Result<Redistributors, GicError> {
    let mut found = Redistributors::new();
    for mut region in regions {
        let mut offset_bytes = 0;
        loop {
            let registers = registers::unique::<GicrSgi>(&mut region, offset_bytes, "GICR")?;
            let redistributor = GicRedistributor::new(registers);
            let kind = redistributor.typer();
            let next = Redistributor { mpidr: kind.core_mpidr(), frames: Lock::new(redistributor) };
            if found.try_push(next).is_err() {
                return Ok(found);
            }
            offset_bytes += if kind.virtual_lpis_supported() { FRAMES_WITH_VLPI_BYTES } else { FRAMES_BYTES };
            if kind.last_redistributor() || offset_bytes >= region.len_bytes() {
                break;
            }
        }
    }
    Ok(found)
}

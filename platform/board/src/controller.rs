//! The interrupt controller's node.
//!
//! Source: bindings `arm,gic` and `arm,gic-v3`.

use arrayvec::ArrayVec;
use dtoolkit::Node;

use crate::description::{AddressRange, InterruptController, MAX_REDISTRIBUTOR_REGIONS};
use crate::error::{BoardError, name_of};
use crate::place::{Place, number};

/// `compatible` of the GICv2 implementations that the binding names.
pub(crate) const V2: &[&str] =
    &["arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic"];
/// `compatible` of GICv3 and GICv4.
pub(crate) const V3: &[&str] = &["arm,gic-v3"];

/// Most that one core's redistributor takes: four frames of 64 KiB, on a GICv4 (IHI 0069H, 12.10).
const LARGEST_REDISTRIBUTOR_BYTES: u64 = 0x4_0000;

/// Describes the GIC at `place`, of a board with so many cores. Regions of redistributors are cut to what these can fill: QEMU
/// names 15 MiB whatever the number of cores, and somebody will map them.
pub(crate) fn describe(place: &Place<'_>, core_count: usize) -> Result<InterruptController, BoardError> {
    let distributor = place.registers(0)?;
    if place.is_one_of(V2) {
        return Ok(InterruptController::V2 { distributor, cpu_interface: place.registers(1)? });
    }
    let regions = match place.node.property("#redistributor-regions") {
        None => 1,
        Some(count) => number(&place.node, "#redistributor-regions", &count)?,
    };
    if !(1..=MAX_REDISTRIBUTOR_REGIONS).contains(&(regions as usize)) {
        return Err(BoardError::UnknownNumber {
            node: name_of(&place.node),
            property: "#redistributor-regions",
            value: regions,
        });
    }
    let redistributors = (1..=regions as usize)
        .map(|index| {
            let region = place.registers(index)?;
            let filled_bytes = LARGEST_REDISTRIBUTOR_BYTES.saturating_mul(core_count as u64);
            Ok(AddressRange { end: region.end.min(region.start.saturating_add(filled_bytes)), ..region })
        })
        .collect::<Result<ArrayVec<_, MAX_REDISTRIBUTOR_REGIONS>, _>>()?;
    Ok(InterruptController::V3 { distributor, redistributors })
}

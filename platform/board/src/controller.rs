//! The interrupt controller's node.
//!
//! Source: bindings `arm,gic` and `arm,gic-v3`.

use arrayvec::ArrayVec;
use dtoolkit::Node;
use dtoolkit::fdt::Fdt;

use crate::description::{InterruptController, MAX_REDISTRIBUTOR_REGIONS};
use crate::error::{BoardError, name_of};
use crate::place::{Place, number, places};

/// `compatible` of the GICv2 implementations that the binding names.
const V2: &[&str] = &["arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic"];
/// `compatible` of GICv3 and GICv4.
const V3: &[&str] = &["arm,gic-v3"];

/// Finds the GIC.
pub(crate) fn find(fdt: Fdt<'_>) -> Result<Place<'_>, BoardError> {
    places(fdt)
        .find(|place| place.is_enabled() && (place.is_one_of(V2) || place.is_one_of(V3)))
        .ok_or(BoardError::NodeMissing { wanted: "GIC" })
}

/// Describes the GIC at `place`.
pub(crate) fn describe(place: &Place<'_>) -> Result<InterruptController, BoardError> {
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
        .map(|index| place.registers(index))
        .collect::<Result<ArrayVec<_, MAX_REDISTRIBUTOR_REGIONS>, _>>()?;
    Ok(InterruptController::V3 { distributor, redistributors })
}

//! The ways to turn the board off.
//!
//! Source: bindings `arm,psci` and `brcm,bcm2835-pm`; QEMU's `virt` machine for its `compatible`.

use dtoolkit::Property;
use dtoolkit::fdt::Fdt;
use dtoolkit::standard::NodeStandard;

use crate::description::{Conduit, PowerOff};
use crate::error::{BoardError, cut, name_of};
use crate::landmarks::Landmarks;
use crate::place::{Place, malformed};

/// `compatible` of PSCI since 0.2, whose function numbers are fixed by the standard.
pub(crate) const PSCI: &[&str] = &["arm,psci-1.0", "arm,psci-0.2"];
/// `compatible` of the Raspberry Pi's power manager; its first register block holds the watchdog.
pub(crate) const WATCHDOG: &[&str] = &["brcm,bcm2835-pm-wdt"];
/// `compatible` of the root of QEMU's `virt`.
const QEMU_VIRT: &str = "linux,dummy-virt";

/// What of it there is.
pub(crate) fn describe(fdt: Fdt<'_>, landmarks: &Landmarks<'_>) -> Result<PowerOff, BoardError> {
    Ok(PowerOff {
        psci: landmarks.psci.as_ref().map(conduit).transpose()?,
        watchdog: landmarks.watchdog.as_ref().map(|place| place.registers(0)).transpose()?,
        semihosting: fdt.root().is_compatible(QEMU_VIRT),
    })
}

/// The conduit that a PSCI node names.
fn conduit(place: &Place<'_>) -> Result<Conduit, BoardError> {
    let node = &place.node;
    match place.require("method")?.value_as::<&str>().map_err(|cause| malformed(node, "method", cause))? {
        "hvc" => Ok(Conduit::Hvc),
        "smc" => Ok(Conduit::Smc),
        other => Err(BoardError::UnknownWord { node: name_of(node), property: "method", value: cut(other) }),
    }
}

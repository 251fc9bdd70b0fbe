//! Which serial port is the console.
//!
//! `stdout-path` is followed when it leads to a PL011. The Raspberry Pi's tree names its mini-UART there, whose speed follows
//! the core clock; then, and when there is no `stdout-path`, the first enabled PL011 is taken.
//!
//! Source: Devicetree Specification 0.4, sections 3.3 (`/aliases`) and 3.6 (`stdout-path`); binding `arm,pl011`.

use dtoolkit::fdt::Fdt;
use dtoolkit::{Node, Property};

use crate::description::Console;
use crate::error::BoardError;
use crate::place::{Place, places};
use crate::wiring::Wiring;

/// `compatible` of the only serial port that we drive.
const PL011: &[&str] = &["arm,pl011"];

/// Finds and describes the console.
pub(crate) fn describe(fdt: Fdt<'_>, wiring: &Wiring) -> Result<Console, BoardError> {
    let chosen = stdout_path(fdt);
    let mut first = None;
    let mut wanted = None;
    for place in places(fdt).filter(is_usable) {
        if wanted.is_none() && chosen.is_some_and(|path| place.is_at(path)) {
            wanted = Some(place);
        } else if first.is_none() {
            first = Some(place);
        }
    }
    let place = wanted.or(first).ok_or(BoardError::NodeMissing { wanted: "enabled PL011" })?;
    Ok(Console { registers: place.registers(0)?, interrupt: wiring.interrupt(&place, 0)? })
}

fn is_usable(place: &Place<'_>) -> bool {
    place.is_enabled() && place.is_one_of(PL011)
}

/// The path in `stdout-path`, without its options, with an alias looked up.
fn stdout_path(fdt: Fdt<'_>) -> Option<&str> {
    let property = fdt.find_node("/chosen")?.property("stdout-path")?;
    let named = property.value_as::<&str>().ok()?;
    let path = named.split(':').next()?;
    if path.starts_with('/') {
        return Some(path);
    }
    fdt.find_node("/aliases")?.property(path)?.value_as::<&str>().ok()
}

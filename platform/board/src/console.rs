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
use crate::landmarks::Landmarks;
use crate::place::places;
use crate::wiring::Wiring;

/// `compatible` of the only serial port that we drive.
pub(crate) const PL011: &[&str] = &["arm,pl011"];

/// Chooses and describes the console.
pub(crate) fn describe(
    fdt: Fdt<'_>,
    landmarks: &Landmarks<'_>,
    wiring: &Wiring,
) -> Result<Console, BoardError> {
    let first = landmarks.serial.clone().ok_or(BoardError::NodeMissing { wanted: "enabled PL011" })?;
    let place = match stdout_path(landmarks) {
        Some(path) if !first.is_at(path) => {
            let mut ports = places(fdt).filter(|place| place.is_enabled() && place.is_one_of(PL011));
            ports.find(|place| place.is_at(path)).unwrap_or(first)
        }
        _ => first,
    };
    Ok(Console { registers: place.registers(0)?, interrupt: wiring.interrupt(&place, 0)? })
}

/// The path in `stdout-path`, without its options, with an alias looked up.
fn stdout_path<'a>(landmarks: &Landmarks<'a>) -> Option<&'a str> {
    let property = landmarks.chosen?.property("stdout-path")?;
    let named = property.value_as::<&str>().ok()?;
    let path = named.split(':').next()?;
    if path.starts_with('/') {
        return Some(path);
    }
    landmarks.aliases?.property(path)?.value_as::<&str>().ok()
}

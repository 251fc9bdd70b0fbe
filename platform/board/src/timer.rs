//! The architected timer's node.
//!
//! Source: binding `arm,arch_timer`: interrupts in the order secure physical, non-secure physical, virtual, hypervisor, unless
//! `interrupt-names` says otherwise.

use dtoolkit::{FdtStringListIterator, Node, Property};

use crate::description::Interrupt;
use crate::error::BoardError;
use crate::place::{Place, malformed};
use crate::wiring::Wiring;

/// `compatible` of the timer with system registers.
pub(crate) const TIMER: &[&str] = &["arm,armv8-timer"];
/// The virtual timer's interrupt by name.
const NAME: &str = "virt";
/// The virtual timer's interrupt by position.
const POSITION: usize = 2;

/// The interrupt of the EL1 virtual timer.
pub(crate) fn virtual_interrupt(place: &Place<'_>, wiring: &Wiring) -> Result<Interrupt, BoardError> {
    let index = match place.node.property("interrupt-names") {
        None => POSITION,
        Some(names) => names
            .value_as::<FdtStringListIterator<'_>>()
            .map_err(|cause| malformed(&place.node, "interrupt-names", cause))?
            .position(|name| name == NAME)
            .unwrap_or(POSITION),
    };
    wiring.interrupt(place, index)
}

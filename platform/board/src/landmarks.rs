//! The nodes that the description is made of, found in one walk.
//!
//! Reading a node's properties is what costs (some hundred instructions each), and firmware's trees have hundreds of nodes, so
//! nothing here looks twice.

use arrayvec::ArrayVec;
use dtoolkit::Node;
use dtoolkit::fdt::{Fdt, FdtNode};

use crate::description::MAX_MEMORY_RANGES;
use crate::error::BoardError;
use crate::place::{Place, places};
use crate::{console, controller, power, timer};

/// What was found, the first of each kind. None of it is read yet.
#[derive(Default)]
pub(crate) struct Landmarks<'a> {
    pub(crate) gic: Option<Place<'a>>,
    pub(crate) timer: Option<Place<'a>>,
    pub(crate) psci: Option<Place<'a>>,
    pub(crate) watchdog: Option<Place<'a>>,
    pub(crate) serial: Option<Place<'a>>,
    pub(crate) memory: ArrayVec<FdtNode<'a>, MAX_MEMORY_RANGES>,
    pub(crate) reserved_memory: Option<FdtNode<'a>>,
    pub(crate) cpus: Option<FdtNode<'a>>,
    pub(crate) chosen: Option<FdtNode<'a>>,
    pub(crate) aliases: Option<FdtNode<'a>>,
}

impl<'a> Landmarks<'a> {
    /// Walks the tree.
    pub(crate) fn find(fdt: Fdt<'a>) -> Result<Self, BoardError> {
        let mut found = Self::default();
        for place in places(fdt).filter(Place::is_enabled) {
            if place.is_at_root() && found.keep_by_name(place.node)? {
                continue;
            }
            found.keep_by_kind(place);
        }
        Ok(found)
    }

    /// Keeps a child of the root whose name says what it is; says whether it did.
    fn keep_by_name(&mut self, node: FdtNode<'a>) -> Result<bool, BoardError> {
        let slot = match node.name_without_address() {
            "memory" => {
                let too_many = |_| BoardError::TooMany { what: "memory nodes", limit: MAX_MEMORY_RANGES };
                return self.memory.try_push(node).map(|()| true).map_err(too_many);
            }
            "reserved-memory" => &mut self.reserved_memory,
            "cpus" => &mut self.cpus,
            "chosen" => &mut self.chosen,
            "aliases" => &mut self.aliases,
            _ => return Ok(false),
        };
        slot.get_or_insert(node);
        Ok(true)
    }

    /// Keeps a device that is compatible with what we know.
    fn keep_by_kind(&mut self, place: Place<'a>) {
        let slot = if place.is_one_of(controller::V2) || place.is_one_of(controller::V3) {
            &mut self.gic
        } else if place.is_one_of(console::PL011) {
            &mut self.serial
        } else if place.is_one_of(timer::TIMER) {
            &mut self.timer
        } else if place.is_one_of(power::PSCI) {
            &mut self.psci
        } else if place.is_one_of(power::WATCHDOG) {
            &mut self.watchdog
        } else {
            return;
        };
        slot.get_or_insert(place);
    }
}

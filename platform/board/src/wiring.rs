//! Interrupt specifiers: from the three cells of a device's `interrupts` to an INTID.
//!
//! Only interrupts that go straight to the GIC are understood; a device behind another controller is refused by name.
//!
//! Source: binding `arm,gic-v3` (cell 0 the kind, cell 1 the number within the kind, cell 2 the trigger; further cells are
//! ignored); Devicetree Specification 0.4, section 2.4.1 for `interrupt-parent` and `interrupts-extended`.

use dtoolkit::standard::NodeStandard;
use dtoolkit::{Node, Property};

use crate::description::{Interrupt, Trigger};
use crate::error::{BoardError, name_of};
use crate::place::{Place, malformed, number};

/// Cells of a specifier that are looked at.
const KNOWN_CELLS: usize = 3;
/// Bytes of a cell.
const CELL_BYTES: usize = 4;

/// What of the GIC's node it takes to read other nodes' interrupts.
#[derive(Clone, Copy)]
pub(crate) struct Wiring {
    phandle: Option<u32>,
    cells: usize,
}

impl Wiring {
    /// Reads the GIC's own node.
    pub(crate) fn of(gic: &Place<'_>) -> Result<Self, BoardError> {
        let node = &gic.node;
        let phandle = node.phandle().map_err(|cause| malformed(node, "phandle", cause))?;
        let cells = number(node, "#interrupt-cells", &gic.require("#interrupt-cells")?)?;
        match cells as usize {
            cells @ KNOWN_CELLS..=8 => Ok(Self { phandle, cells }),
            _ => Err(BoardError::UnknownNumber {
                node: name_of(node),
                property: "#interrupt-cells",
                value: cells,
            }),
        }
    }

    /// The `index`th interrupt of the device at `place`.
    pub(crate) fn interrupt(&self, place: &Place<'_>, index: usize) -> Result<Interrupt, BoardError> {
        let node = &place.node;
        let extended = node.property("interrupts-extended");
        let plain = node.property("interrupts");
        let (name, bytes) = match (&extended, &plain) {
            (Some(extended), _) => ("interrupts-extended", self.extended(place, extended.value(), index)?),
            (None, Some(plain)) => {
                self.check_parent(place)?;
                ("interrupts", plain.value().chunks_exact(self.cells * CELL_BYTES).nth(index))
            }
            (None, None) => ("interrupts", None),
        };
        let missing = || BoardError::PropertyMissing { node: name_of(node), property: name };
        let (cells, _) = bytes.ok_or_else(missing)?.as_chunks::<CELL_BYTES>();
        let [kind, number, flags, ..] = cells else { return Err(missing()) };
        let unknown = |value| BoardError::UnknownNumber { node: name_of(node), property: name, value };
        Ok(Interrupt {
            int_id: int_id(u32::from_be_bytes(*kind), u32::from_be_bytes(*number)).map_err(unknown)?,
            trigger: trigger(u32::from_be_bytes(*flags)).map_err(unknown)?,
        })
    }

    /// The `index`th specifier of an `interrupts-extended`, of which every one is for the GIC.
    fn extended<'a>(
        &self,
        place: &Place<'_>,
        all: &'a [u8],
        index: usize,
    ) -> Result<Option<&'a [u8]>, BoardError> {
        let Some(entry) = all.chunks_exact((1 + self.cells) * CELL_BYTES).nth(index) else { return Ok(None) };
        match entry.split_first_chunk::<CELL_BYTES>() {
            Some((parent, specifier)) if Some(u32::from_be_bytes(*parent)) == self.phandle => {
                Ok(Some(specifier))
            }
            other => Err(BoardError::ForeignInterrupt {
                node: name_of(&place.node),
                parent: other.map(|(parent, _)| u32::from_be_bytes(*parent)),
            }),
        }
    }

    /// Refuses a device whose interrupts go elsewhere.
    fn check_parent(&self, place: &Place<'_>) -> Result<(), BoardError> {
        let parent = match place.inherited("interrupt-parent") {
            Some((owner, property)) => Some(number(&owner, "interrupt-parent", &property)?),
            None => None,
        };
        if parent.is_some() && parent == self.phandle {
            Ok(())
        } else {
            Err(BoardError::ForeignInterrupt { node: name_of(&place.node), parent })
        }
    }
}

/// INTID of the `number`th interrupt of a kind (IHI 0069H, table 2-1); the number that makes no sense as error.
fn int_id(kind: u32, number: u32) -> Result<u32, u32> {
    let (first, count) = match kind {
        0 => (32, 988),
        1 => (16, 16),
        2 => (4096, 1024),
        3 => (1056, 64),
        _ => return Err(kind),
    };
    if number < count { Ok(first + number) } else { Err(number) }
}

/// Trigger of the flags cell: bits 3:0, one of rising, falling, high, low (bits 15:8 are GICv2's mask of cores).
fn trigger(flags: u32) -> Result<Trigger, u32> {
    match flags & 0xf {
        1 | 2 => Ok(Trigger::Edge),
        4 | 8 => Ok(Trigger::Level),
        _ => Err(flags),
    }
}

#[cfg(test)]
mod tests {
    use super::{int_id, trigger};
    use crate::description::Trigger;

    #[test]
    fn a_kind_counts_from_its_own_first_int_id() {
        assert_eq!(int_id(0, 1), Ok(33));
        assert_eq!(int_id(1, 11), Ok(27));
        assert_eq!(int_id(0, 987), Ok(1019));
        assert_eq!(int_id(2, 0), Ok(4096));
        assert_eq!(int_id(3, 63), Ok(1119));
    }

    #[test]
    fn a_number_beyond_its_kind_is_refused() {
        assert_eq!(int_id(0, 988), Err(988));
        assert_eq!(int_id(1, 16), Err(16));
        assert_eq!(int_id(4, 0), Err(4));
    }

    #[test]
    fn the_mask_of_cores_does_not_disturb_the_trigger() {
        assert_eq!(trigger(0xf04), Ok(Trigger::Level));
        assert_eq!(trigger(0x101), Ok(Trigger::Edge));
        assert_eq!(trigger(0xf00), Err(0xf00));
    }
}

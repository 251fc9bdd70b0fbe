//! What the loader chose for us: boot arguments and boot archive.
//!
//! Source: Devicetree Specification 0.4, section 3.6; `linux,initrd-start` and `-end` as in Linux'
//! `Documentation/devicetree/bindings/chosen.txt` (one or two cells each, the end is exclusive).

use arrayvec::ArrayString;
use dtoolkit::fdt::FdtNode;
use dtoolkit::{Node, Property, ToCellInt};

use crate::description::{AddressRange, Board, Initrd, MAX_BOOT_ARGUMENTS_BYTES};
use crate::error::{BoardError, name_of};
use crate::landmarks::Landmarks;
use crate::place::malformed;

/// Puts boot arguments and boot archive into `board`.
pub(crate) fn read_chosen(landmarks: &Landmarks<'_>, board: &mut Board) -> Result<(), BoardError> {
    let Some(chosen) = landmarks.chosen else { return Ok(()) };
    if let Some(property) = chosen.property("bootargs") {
        let text = property.value_as::<&str>().map_err(|cause| malformed(&chosen, "bootargs", cause))?;
        board.boot_arguments = ArrayString::from(text).map_err(|_| BoardError::TooLong {
            node: name_of(&chosen),
            property: "bootargs",
            len_bytes: text.len(),
            limit_bytes: MAX_BOOT_ARGUMENTS_BYTES,
        })?;
    }
    let start = address(&chosen, "linux,initrd-start")?;
    let end = address(&chosen, "linux,initrd-end")?;
    let (Some(start), Some(end)) = (start, end) else { return Ok(()) };
    if end < start {
        return Err(BoardError::BadRange {
            node: name_of(&chosen),
            property: "linux,initrd-end",
            start,
            extent: end,
        });
    }
    if end > start {
        let range = AddressRange { start, end };
        board.initrd = Initrd::At(range);
        board.reserve(range)?;
    }
    Ok(())
}

/// An address of one or two cells.
fn address(chosen: &FdtNode<'_>, name: &'static str) -> Result<Option<u64>, BoardError> {
    let Some(property) = chosen.property(name) else { return Ok(None) };
    let cells = property.value_as::<dtoolkit::Cells<'_>>().map_err(|cause| malformed(chosen, name, cause))?;
    cells.to_int::<u64>().map(Some).map_err(|cause| malformed(chosen, name, cause))
}

//! RAM and what of it is taken.
//!
//! Source: Devicetree Specification 0.4, sections 3.4 (`/memory`), 3.5 (`/reserved-memory`) and 5.3 (reservation block).

use dtoolkit::Node;
use dtoolkit::fdt::{Fdt, FdtNode};

use crate::description::{AddressRange, Board, MAX_MEMORY_RANGES, StartMethod};
use crate::error::{BoardError, name_of};
use crate::landmarks::Landmarks;
use crate::place::malformed;

/// The page around a spin table's word is kept: the firmware code that polls it lives there too.
const SPIN_TABLE_PAGE_BYTES: u64 = 4096;

/// Puts all ranges of the `/memory` nodes into `board`. Memory that is switched off, such as the secure side's, was not found.
pub(crate) fn read_memory(landmarks: &Landmarks<'_>, board: &mut Board) -> Result<(), BoardError> {
    for node in &landmarks.memory {
        for_each_range(node, |range| {
            board
                .memory
                .try_push(range)
                .map_err(|_| BoardError::TooMany { what: "memory ranges", limit: MAX_MEMORY_RANGES })
        })?;
    }
    if board.memory.is_empty() { Err(BoardError::NodeMissing { wanted: "memory" }) } else { Ok(()) }
}

/// Puts the reservation block, `/reserved-memory` and the pages of spin tables into `board`. A reserved range without address
/// (one that an operating system may place where it likes) is none; a disabled one is kept all the same, to be safe.
pub(crate) fn read_reservations(
    fdt: Fdt<'_>,
    landmarks: &Landmarks<'_>,
    board: &mut Board,
) -> Result<(), BoardError> {
    for entry in fdt.memory_reservations() {
        let range =
            AddressRange::with_len(entry.address(), entry.size()).ok_or_else(|| BoardError::BadRange {
                node: name_of(&fdt.root()),
                property: "memory reservation block",
                start: entry.address(),
                extent: entry.size(),
            })?;
        board.reserve(range)?;
    }
    if let Some(parent) = landmarks.reserved_memory {
        for node in parent.children() {
            for_each_range(&node, |range| board.reserve(range))?;
        }
    }
    for core in board.cores.clone() {
        if let StartMethod::SpinTable { release_address } = core.start {
            let start = release_address & !(SPIN_TABLE_PAGE_BYTES - 1);
            let end = start.saturating_add(SPIN_TABLE_PAGE_BYTES);
            board.reserve(AddressRange { start, end })?;
        }
    }
    Ok(())
}

/// Hands each range of the node's `reg` that is not empty to `take`.
fn for_each_range(
    node: &FdtNode<'_>,
    mut take: impl FnMut(AddressRange) -> Result<(), BoardError>,
) -> Result<(), BoardError> {
    let Some(ranges) = node.reg().map_err(|cause| malformed(node, "reg", cause))? else { return Ok(()) };
    for reg in ranges {
        let start = reg.address::<u64>().map_err(|cause| malformed(node, "reg", cause))?;
        let extent = reg.size::<u64>().map_err(|cause| malformed(node, "reg", cause))?;
        let range = AddressRange::with_len(start, extent).ok_or_else(|| BoardError::BadRange {
            node: name_of(node),
            property: "reg",
            start,
            extent,
        })?;
        if !range.is_empty() {
            take(range)?;
        }
    }
    Ok(())
}

//! From the tree's bytes to a [`Board`].
//!
//! Whatever the bytes, the answer is a description or an error: never a panic (the tests damage real trees at random), never a
//! loop without end. The work is one walk over the tree, after the one
//! that validates it.
//!
//! Source: Devicetree Specification 0.4, section 5.2 (header).

use arrayvec::{ArrayString, ArrayVec};
use dtoolkit::fdt::Fdt;

use crate::description::{Board, Initrd};
use crate::error::{BoardError, cut};
use crate::landmarks::Landmarks;
use crate::place::malformed;
use crate::wiring::Wiring;
use crate::{chosen, console, controller, cores, memory, power, timer};

/// Bytes of a tree's header.
const HEADER_BYTES: usize = 40;

/// Describes the board from its flattened device tree. `fdt` may be longer than the tree.
///
/// # Errors
/// Any [`BoardError`]: the tree is damaged, lacks what every board must have, or says what we do not understand.
///
/// # Context
/// Needs no heap and no lock, and some 8 KiB of stack; meant for the first core, before anything else runs.
pub fn describe(fdt: &[u8]) -> Result<Board, BoardError> {
    let header = Header::read(fdt)?;
    let fdt = Fdt::new(header.tree_of(fdt)?).map_err(BoardError::Parse)?;
    let landmarks = Landmarks::find(fdt)?;
    let gic = landmarks.gic.as_ref().ok_or(BoardError::NodeMissing { wanted: "GIC" })?;
    let timer = landmarks.timer.as_ref().ok_or(BoardError::NodeMissing { wanted: "arm,armv8-timer" })?;
    let wiring = Wiring::of(gic)?;
    let power_off = power::describe(fdt, &landmarks)?;
    let (cores, cores_left_out) = cores::read_cores(&landmarks)?;
    let core_count = cores.len() + cores_left_out;
    let root = fdt.root();
    let model = root.model().map_err(|cause| malformed(&root, "model", cause))?;
    let mut board = Board {
        model: cut(model.unwrap_or("unnamed")),
        memory: ArrayVec::new(),
        reserved: ArrayVec::new(),
        cores,
        cores_left_out,
        psci: power_off.psci,
        interrupt_controller: controller::describe(gic, core_count)?,
        virtual_timer: timer::virtual_interrupt(timer, &wiring)?,
        console: console::describe(fdt, &landmarks, &wiring)?,
        boot_arguments: ArrayString::new(),
        initrd: Initrd::None,
        power_off,
        device_tree_bytes: header.used_bytes,
    };
    memory::read_memory(&landmarks, &mut board)?;
    memory::read_reservations(fdt, &landmarks, &mut board)?;
    chosen::read_chosen(&landmarks, &mut board)?;
    Ok(board)
}

/// The two lengths of a tree.
struct Header {
    /// `totalsize`, with what is left free for additions.
    total_bytes: usize,
    /// Up to the end of the last block, never more than `total_bytes`.
    used_bytes: usize,
}

impl Header {
    fn read(fdt: &[u8]) -> Result<Self, BoardError> {
        let too_short = BoardError::Truncated { promised_bytes: HEADER_BYTES, given_bytes: fdt.len() };
        let (words, _) = fdt.first_chunk::<HEADER_BYTES>().ok_or(too_short)?.as_chunks::<4>();
        let [_magic, total, structure, strings, _reservations, _, _, _, strings_len, structure_len] = words
        else {
            unreachable!("forty bytes are ten words");
        };
        let number = |word: &[u8; 4]| u32::from_be_bytes(*word) as usize;
        let end = |offset, len| number(offset).saturating_add(number(len));
        let total_bytes = number(total);
        let used_bytes = end(structure, structure_len).max(end(strings, strings_len)).min(total_bytes);
        Ok(Self { total_bytes, used_bytes })
    }

    /// The tree's own bytes.
    fn tree_of<'a>(&self, fdt: &'a [u8]) -> Result<&'a [u8], BoardError> {
        fdt.get(..self.total_bytes)
            .ok_or(BoardError::Truncated { promised_bytes: self.total_bytes, given_bytes: fdt.len() })
    }
}

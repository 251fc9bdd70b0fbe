//! The first steps of the start: which board this is, and what of its memory is ours.
//!
//! Nothing here allocates before the memory service is up.

use super::give_up;
use crate::arguments::Arguments;
use crate::{archive, log};
use arrayvec::ArrayVec;
use spindle_board::{AddressRange, Board, Initrd, describe, raspberry_pi_4};
use spindle_machine::address::{PhysAddr, PhysRange};
use spindle_machine::boot::BootInfo;
use spindle_machine::memory;

/// More ranges than a board has, of RAM or of what is reserved in it.
const MAX_RANGES: usize = 64;

/// Reads the device tree; without one this is the one board that starts us so, if the image lies where that has RAM.
pub(super) fn read(info: &BootInfo) -> Board {
    match info.device_tree.map(describe) {
        Some(Ok(board)) => return board,
        Some(Err(error)) => give_up(format_args!("the device tree at {}: {error}", info.device_tree_at)),
        None => {}
    }
    let board = raspberry_pi_4();
    if !board.memory.iter().any(|bank| physical(*bank).has_overlap(&info.image)) {
        give_up(format_args!(
            "there is no device tree at {}, and no board that starts without one has RAM at {}",
            info.device_tree_at, info.image
        ));
    }
    board
}

/// Sets memory up around what is reserved; returns the boot archive's bytes, if there are any.
pub(super) fn set_up_memory(board: &Board) -> Option<&'static [u8]> {
    let archive = find_archive(&board.initrd);
    let ram: ArrayVec<PhysRange, MAX_RANGES> =
        board.memory.iter().take(MAX_RANGES).copied().map(physical).collect();
    let told = || board.reserved.iter().copied().map(physical);
    // QEMU reserves it in the device tree as well; what is reserved twice would count twice.
    let has = |range: &PhysRange| told().any(|other| other.start <= range.start && range.end <= other.end);
    let reserved: ArrayVec<PhysRange, MAX_RANGES> =
        told().chain(archive.filter(|range| !has(range))).take(MAX_RANGES).collect();
    if let Err(error) = memory::initialise(&ram, &reserved, board.cores.len()) {
        let ram_bytes: u64 = ram.iter().map(PhysRange::len_bytes).sum();
        let archive_bytes = archive.map_or(0, |range| range.len_bytes());
        give_up(format_args!("{error}: {ram_bytes} bytes of RAM, {archive_bytes} bytes of boot archive"));
    }
    match archive.map(memory::bytes) {
        Some(Ok(bytes)) => Some(bytes),
        Some(Err(error)) => {
            log::warn(format_args!("boot archive: {error}"));
            None
        }
        None => None,
    }
}

/// Where the boot archive lies. A loader that cannot say how long it is left it at a fixed address; its own headers tell.
fn find_archive(initrd: &Initrd) -> Option<PhysRange> {
    match *initrd {
        Initrd::At(range) => Some(physical(range)),
        Initrd::Probe { address, max_len_bytes } => {
            let window = PhysRange::new(address, max_len_bytes);
            let length = memory::peek(window, archive::length_bytes).ok().flatten()?;
            Some(PhysRange::new(address, length as u64))
        }
        Initrd::None => None,
    }
}

/// Follows the boot arguments that concern the start itself.
pub(super) fn follow_arguments(board: &Board) {
    let text = board.boot_arguments.as_str();
    let arguments = Arguments::parse(text, |word| log::note(format_args!("boot argument `{word}` ignored")));
    if arguments.log {
        log::show();
    }
}

/// A board's range as the machine writes it.
pub(super) fn physical(range: AddressRange) -> PhysRange {
    PhysRange { start: PhysAddr(range.start), end: PhysAddr(range.end) }
}

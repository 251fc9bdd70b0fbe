//! What the tests stand on: the board, and memory that is set up for it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use spindle_board::{AddressRange, Board, StartMethod, describe, raspberry_pi_4};
use spindle_machine::address::{PhysAddr, PhysRange};
use spindle_machine::boot::{FirstCore, ThisCore};
use spindle_machine::mmio::{self, DeviceRegion};
use spindle_machine::{cores, early, memory, power};

/// The board, with memory set up.
pub(crate) struct Setting {
    pub(crate) board: Board,
    console: Option<DeviceRegion>,
}

impl Setting {
    /// Reads the tree and sets memory up.
    ///
    /// # Errors
    /// What is wrong with either, in words.
    pub(crate) fn new(first: &FirstCore) -> Result<Self, String> {
        // No heap yet: a failure to read the tree can't be made a string.
        let board = match first.info.device_tree.map(describe) {
            Some(Ok(board)) => board,
            None => raspberry_pi_4(),
            Some(Err(_)) => {
                early::write("the device tree can't be read\n");
                power::exit(spindle_protocol::STATUS_FAILED)
            }
        };
        let mut ram = [PhysRange::default(); 16];
        let mut reserved = [PhysRange::default(); 36];
        let ram = copy(&board.memory, &mut ram);
        let reserved = copy(&board.reserved, &mut reserved);
        memory::initialise(ram, reserved, board.cores.len()).map_err(|error| format!("{error}"))?;
        if let Some(conduit) = board.psci {
            power::set_conduit(conduit_of(conduit));
        }
        Ok(Self { board, console: None })
    }

    /// The suite that the boot arguments name; empty for all.
    pub(crate) fn suite(&self) -> &str {
        self.board
            .boot_arguments
            .split_whitespace()
            .find_map(|word| word.strip_prefix("suite="))
            .unwrap_or("")
    }

    /// Starts every core but this one.
    ///
    /// # Errors
    /// Which core can't be started, and why.
    pub(crate) fn start_others(&self, main: fn(ThisCore) -> !) -> Result<(), String> {
        for (index, core) in self.board.cores.iter().enumerate().skip(1) {
            let method = match (core.start, self.board.psci) {
                (StartMethod::SpinTable { release_address }, _) => {
                    cores::StartMethod::SpinTable { release: PhysAddr(release_address) }
                }
                (_, Some(conduit)) => cores::StartMethod::Psci(conduit_of(conduit)),
                (_, None) => return Err(format!("no way to start core {index}")),
            };
            cores::start(index, core.mpidr, method, main)
                .map_err(|error| format!("core {index}: {error}"))?;
        }
        Ok(())
    }

    /// The console's registers, which can be claimed but once: whoever is done with them puts them back.
    ///
    /// # Errors
    /// Why they can't be had.
    pub(crate) fn take_console(&mut self) -> Result<DeviceRegion, String> {
        match self.console.take() {
            Some(region) => Ok(region),
            None => mmio::claim(range_of(&self.board.console.registers)).map_err(|error| format!("{error}")),
        }
    }

    /// Keeps the console's registers for the next test.
    pub(crate) fn put_console(&mut self, region: DeviceRegion) {
        self.console = Some(region);
    }

    /// The board's ranges of RAM.
    pub(crate) fn ram(&self) -> Vec<PhysRange> {
        self.board.memory.iter().map(range_of).collect()
    }
}

fn copy<'a>(ranges: &[AddressRange], into: &'a mut [PhysRange]) -> &'a [PhysRange] {
    let count = ranges.len().min(into.len());
    for (slot, range) in into.iter_mut().zip(ranges) {
        *slot = range_of(range);
    }
    &into[..count]
}

/// A board's range as the machine writes it.
pub(crate) fn range_of(range: &AddressRange) -> PhysRange {
    PhysRange { start: PhysAddr(range.start), end: PhysAddr(range.end) }
}

fn conduit_of(conduit: spindle_board::Conduit) -> cores::Conduit {
    match conduit {
        spindle_board::Conduit::Hvc => cores::Conduit::Hvc,
        spindle_board::Conduit::Smc => cores::Conduit::Smc,
    }
}

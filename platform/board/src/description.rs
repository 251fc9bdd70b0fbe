//! The description itself: plain data, fixed capacity, no pointer into the tree.
//!
//! Invariant: every [`AddressRange`] has `start <= end`. Addresses are physical, as the first core sees them. Ranges are as
//! the firmware wrote them: not sorted, not merged, not aligned to pages.

use core::fmt;

use arrayvec::{ArrayString, ArrayVec};

use crate::error::BoardError;

/// Most cores that a description holds; the tree may have more (see [`Board::cores_left_out`]).
pub const MAX_CORES: usize = 32;
/// Most separate memory ranges that a description holds.
pub(crate) const MAX_MEMORY_RANGES: usize = 16;
/// Most reserved ranges that a description holds.
pub(crate) const MAX_RESERVED_RANGES: usize = 32;
/// Most redistributor regions that a description holds; QEMU `virt` has one up to 123 cores, two above.
pub(crate) const MAX_REDISTRIBUTOR_REGIONS: usize = 4;
/// Longest boot arguments, in bytes.
pub(crate) const MAX_BOOT_ARGUMENTS_BYTES: usize = 1024;

/// A piece of text copied out of the tree, `N` bytes at most.
pub type Text<const N: usize> = ArrayString<N>;

/// Physical addresses `start..end`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    /// First address.
    pub start: u64,
    /// First address behind the range.
    pub end: u64,
}

impl AddressRange {
    /// The range of `len_bytes` bytes from `start`; `None` when it would run past the last address.
    #[must_use]
    pub const fn with_len(start: u64, len_bytes: u64) -> Option<Self> {
        match start.checked_add(len_bytes) {
            Some(end) => Some(Self { start, end }),
            None => None,
        }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len_bytes(self) -> u64 {
        self.end - self.start
    }

    /// Whether nothing lies in the range.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether all of `other` lies in this range.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..{:#x}", self.start, self.end)
    }
}

impl fmt::Debug for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How firmware is called (SMCCC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduit {
    /// `hvc #0`.
    Hvc,
    /// `smc #0`.
    Smc,
}

/// How a core that is not the first is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartMethod {
    /// PSCI `CPU_ON` through [`Board::psci`].
    Psci,
    /// The core polls the 64-bit word at `release_address` for the address to jump to.
    SpinTable {
        /// Physical address of the word.
        release_address: u64,
    },
    /// The tree says nothing: normal for a machine of one core, and then never needed.
    Unspecified,
}

/// One core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Core {
    /// Affinity fields of its `MPIDR_EL1` (bits 39:32 and 23:0), all other bits zero.
    pub mpidr: u64,
    /// How to start it.
    pub start: StartMethod,
}

/// What a signal line does to be an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Changes.
    Edge,
    /// Stays.
    Level,
}

/// One interrupt line, as the interrupt controller numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// INTID: PPIs from 16, SPIs from 32.
    pub int_id: u32,
    /// Edge or level.
    pub trigger: Trigger,
}

/// The interrupt controller and where its registers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterruptController {
    /// GICv2.
    V2 {
        /// GICD.
        distributor: AddressRange,
        /// GICC; `GICC_DIR` sits at offset 0x1000, so at least 8 KiB are wanted.
        cpu_interface: AddressRange,
    },
    /// GICv3 or GICv4, CPU interfaces in system registers.
    V3 {
        /// GICD.
        distributor: AddressRange,
        /// Regions of redistributor frames, as far as the cores can fill them; a frame says itself which core it belongs to
        /// (`GICR_TYPER`).
        redistributors: ArrayVec<AddressRange, MAX_REDISTRIBUTOR_REGIONS>,
    },
}

/// The PL011 that is the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Console {
    /// Its registers.
    pub registers: AddressRange,
    /// Its one combined interrupt.
    pub interrupt: Interrupt,
}

/// Where the boot archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initrd {
    /// The loader said so. This range is in [`Board::reserved`] too.
    At(AddressRange),
    /// The loader could not say; if there is one it starts here. Look for the archive's magic. The range is not reserved.
    Probe {
        /// Physical address to look at.
        address: u64,
        /// No archive is longer than this.
        max_len_bytes: u64,
    },
    /// There is none.
    None,
}

/// The ways this board can be turned off; any number of them, none at worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerOff {
    /// PSCI `SYSTEM_OFF`, through this conduit.
    pub psci: Option<Conduit>,
    /// Registers of the Raspberry Pi's power manager, whose watchdog can halt or reset.
    pub watchdog: Option<AddressRange>,
    /// The board is known to be QEMU's, so a semihosting call may be tried; elsewhere it would be an exception.
    pub semihosting: bool,
}

/// All that the kernel must know about the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// The root's `model`, cut at 64 bytes.
    pub model: Text<64>,
    /// RAM.
    pub memory: ArrayVec<AddressRange, MAX_MEMORY_RANGES>,
    /// Parts of [`Board::memory`] (or beside it) that firmware or the loader keep. Neither the kernel image nor the device
    /// tree is among them until the caller, who knows their addresses, [reserves](Board::reserve) them.
    pub reserved: ArrayVec<AddressRange, MAX_RESERVED_RANGES>,
    /// The cores in the tree's order, [`MAX_CORES`] at most.
    pub cores: ArrayVec<Core, MAX_CORES>,
    /// How many more cores the tree has than fit.
    pub cores_left_out: usize,
    /// The conduit to PSCI, if there is PSCI.
    pub psci: Option<Conduit>,
    /// The interrupt controller.
    pub interrupt_controller: InterruptController,
    /// The EL1 virtual timer's interrupt.
    pub virtual_timer: Interrupt,
    /// The console.
    pub console: Console,
    /// `/chosen/bootargs`.
    pub boot_arguments: Text<MAX_BOOT_ARGUMENTS_BYTES>,
    /// The boot archive.
    pub initrd: Initrd,
    /// How to turn the board off.
    pub power_off: PowerOff,
    /// How many bytes of the device tree are in use, from its first; 0 without a tree. QEMU pads a tree to 1 MiB, so this
    /// much, not its `totalsize`, is what to keep.
    pub device_tree_bytes: usize,
}

impl Board {
    /// Adds a range to [`Board::reserved`]; an empty one, or one that is there already, changes nothing.
    ///
    /// # Errors
    /// [`BoardError::TooMany`] when the list is full.
    pub fn reserve(&mut self, range: AddressRange) -> Result<(), BoardError> {
        if range.is_empty() || self.reserved.iter().any(|known| known.contains(range)) {
            return Ok(());
        }
        self.reserved
            .try_push(range)
            .map_err(|_| BoardError::TooMany { what: "reserved ranges", limit: MAX_RESERVED_RANGES })
    }
}

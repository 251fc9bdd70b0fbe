//! The machine that QEMU is to emulate, as data.
//!
//! Knows the kernel's matrix of machines and nothing of QEMU's options: these are [`crate::qemu`]'s.

use std::fmt;

/// Which board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Board {
    /// QEMU's `virt`.
    Virt,
    /// QEMU's `raspi4b`: four Cortex-A72, 2 GiB, a GIC-400; none of it can be chosen.
    Rpi4,
}

/// Which interrupt controller `virt` has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gic {
    /// GICv2, up to 8 cores.
    V2,
    /// GICv3.
    V3,
    /// The newest that QEMU has: GICv3, with EL2 GICv4.
    Max,
}

/// At which exception level and security state `virt` enters the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// EL1, no EL2 in the machine.
    El1,
    /// EL2.
    El2,
    /// Non-secure EL2 of a machine that has EL3, so that the interrupt controller has security extensions, with the
    /// counter's rate of a Raspberry Pi 4. The nearest there is to a real one.
    NonSecure,
}

/// A machine to emulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The board.
    pub board: Board,
    /// The interrupt controller; `virt` only.
    pub gic: Gic,
    /// The number of cores; `virt` only.
    pub cores: usize,
    /// Memory as QEMU writes it: `512M`, `8G`; `virt` only.
    pub memory: String,
    /// The core's model as QEMU names it; `virt` only.
    pub cpu: String,
    /// Where the kernel is entered; `virt` only.
    pub entry: Entry,
    /// The rate of the counter, if not what it usually is there; `virt` only.
    pub counter_hz: Option<u32>,
    /// One instruction is one nanosecond and cores take turns, so that each run is like the other. Else each core is a
    /// host thread.
    pub counted: bool,
}

impl Machine {
    /// The plain machine: `virt`, GICv3, four Cortex-A72, 512 MiB, entered at EL1, cores in parallel.
    pub fn virt() -> Self {
        Self {
            board: Board::Virt,
            gic: Gic::V3,
            cores: 4,
            memory: "512M".to_owned(),
            cpu: "cortex-a72".to_owned(),
            entry: Entry::El1,
            counter_hz: None,
            counted: false,
        }
    }

    /// The Raspberry Pi 4 that QEMU has.
    pub fn rpi4() -> Self {
        Self { board: Board::Rpi4, gic: Gic::V2, memory: "2G".to_owned(), entry: Entry::El2, ..Self::virt() }
    }

    /// With this interrupt controller.
    #[must_use]
    pub fn gic(self, gic: Gic) -> Self {
        Self { gic, ..self }
    }

    /// With so many cores.
    #[must_use]
    pub fn cores(self, cores: usize) -> Self {
        Self { cores, ..self }
    }

    /// With so much memory.
    #[must_use]
    pub fn memory(self, memory: impl Into<String>) -> Self {
        Self { memory: memory.into(), ..self }
    }

    /// With cores of this model.
    #[must_use]
    pub fn cpu(self, cpu: impl Into<String>) -> Self {
        Self { cpu: cpu.into(), ..self }
    }

    /// Entered there.
    #[must_use]
    pub fn entry(self, entry: Entry) -> Self {
        Self { entry, ..self }
    }

    /// With a counter of that rate.
    #[must_use]
    pub fn counter_hz(self, rate: u32) -> Self {
        Self { counter_hz: Some(rate), ..self }
    }

    /// With instructions counted and cores in turns.
    #[must_use]
    pub fn counted(self) -> Self {
        Self { counted: true, ..self }
    }
}

/// A short name with no space, part of a test's name.
impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = if self.counted { "-counted" } else { "" };
        if self.board == Board::Rpi4 {
            return write!(f, "rpi4{counted}");
        }
        let gic = match self.gic {
            Gic::V2 => "v2",
            Gic::V3 => "v3",
            Gic::Max => "max",
        };
        let entry = match self.entry {
            Entry::El1 => "el1",
            Entry::El2 => "el2",
            Entry::NonSecure => "nonsecure",
        };
        write!(f, "virt-{gic}-{}x{}-{}-{entry}{counted}", self.cores, self.cpu, self.memory)
    }
}

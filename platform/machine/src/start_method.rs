//! How a core is started, and what can go wrong.

use crate::address::PhysAddr;
use core::fmt;
use spindle_sync::MAX_CORES;

/// How PSCI is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduit {
    /// `hvc`.
    Hvc,
    /// `smc`.
    Smc,
}

/// How a core is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartMethod {
    /// PSCI CPU_ON.
    Psci(Conduit),
    /// The core waits for an address in this word.
    SpinTable {
        /// Physical address of the word.
        release: PhysAddr,
    },
}

/// Why a core can't be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartError {
    /// The index is beyond what this kernel handles.
    TooMany(usize),
    /// The firmware refused.
    Psci {
        /// Affinity of the core.
        mpidr: u64,
        /// What it said.
        error: smccc::psci::Error,
    },
    /// Memory isn't set up: there is no stack to give.
    NoMemory,
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany(index) => write!(out, "core {index} is beyond the {MAX_CORES} that are handled"),
            Self::Psci { mpidr, error } => write!(out, "PSCI refused to start core {mpidr:#x}: {error}"),
            Self::NoMemory => out.write_str("memory is not set up"),
        }
    }
}

impl core::error::Error for StartError {}

//! What can be wrong with a symbol.

use alloc::string::String;
use core::fmt;

/// What can be wrong with a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SymbolError {
    /// Of a type that is not linked: thread-local, common, indirect.
    UnknownType {
        /// The type in `st_info`.
        kind: u8,
    },
    /// Neither local, global nor weak.
    UnknownBinding {
        /// The binding in `st_info`.
        binding: u8,
    },
    /// Global without a name.
    Nameless,
    /// Local, but defined nowhere.
    LocalImport,
    /// Defined in a section that does not exist.
    NoSection {
        /// `st_shndx`.
        index: u16,
    },
    /// Reaches out of its section.
    OutsideSection {
        /// Name of the section.
        section: String,
        /// `st_value`.
        offset: u64,
        /// `st_size`.
        bytes: u64,
    },
}

impl fmt::Display for SymbolError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownType { kind } => write!(out, "symbols of type {kind} are not linked"),
            Self::UnknownBinding { binding } => write!(out, "symbols of binding {binding} are not linked"),
            Self::Nameless => write!(out, "global without a name"),
            Self::LocalImport => write!(out, "local, but defined nowhere"),
            Self::NoSection { index } => {
                write!(out, "defined in section {index:#x}, which does not exist or cannot be linked")
            }
            Self::OutsideSection { section, offset, bytes } => {
                write!(out, "{bytes:#x} bytes at {offset:#x} reach out of section `{section}`")
            }
        }
    }
}

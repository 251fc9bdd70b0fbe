//! Exports: what the kernel offers to the objects it links.
//!
//! [`Exports`] is what [`crate::resolve()`] asks; [`SymbolTable`] is the kernel's own answer, over the two tables that the
//! build puts into the image: `.ksymtab`, one [`KernelSymbol`] per exported symbol, sorted by hash, and `.kdeps`, a
//! [`Note`] whose interface records number the crates.
//!
//! Names are not kept, only their hashes. Two exports with the same hash would be refused when the tables are made.
//!
//! Source of the hash: Fowler, Noll, Vo, FNV-1a with 64 bits (draft-eastlake-fnv).

use core::fmt;

use crate::note::{Interface, Note};

/// Length of a [`KernelSymbol`] in the table, in bytes.
pub const KERNEL_SYMBOL_BYTES: usize = size_of::<KernelSymbol>();

/// One entry of `.ksymtab`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelSymbol {
    /// [`fnv1a64`] of the mangled name.
    pub hash: u64,
    /// Where it is.
    pub address: u64,
    /// Number of the crate it belongs to, in `.kdeps`.
    pub crate_index: u32,
    /// Zero.
    pub reserved: u32,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// Where it is.
    pub address: u64,
    /// Number of the crate it belongs to.
    pub crate_index: usize,
}

/// What objects can be linked to.
pub trait Exports {
    /// The symbol of this name; `hash` is [`fnv1a64`] of it.
    fn lookup(&self, hash: u64, name: &str) -> Option<Export>;

    /// Number and record of the crate called `name`.
    fn crate_by_name(&self, name: &str) -> Option<(usize, Interface<'_>)>;

    /// The record of crate number `index`.
    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>>;

    /// Version of the compiler, as `rustc --version` prints it.
    fn compiler(&self) -> &str;
}

/// The kernel's own exports.
#[derive(Clone, Debug)]
pub struct SymbolTable<'t> {
    symbols: &'t [KernelSymbol],
    crates: Note<'t>,
}

impl<'t> SymbolTable<'t> {
    /// Takes the two tables of the image.
    ///
    /// # Errors
    /// [`TableError`] when the symbols are not sorted by hash, or belong to crates that are not in the note.
    pub fn new(symbols: &'t [KernelSymbol], crates: Note<'t>) -> Result<Self, TableError> {
        for (index, pair) in symbols.windows(2).enumerate() {
            if let [first, second] = pair
                && first.hash >= second.hash
            {
                return Err(TableError::NotSorted { index: index + 1 });
            }
        }
        let known = crates.interfaces().len();
        match symbols.iter().position(|symbol| symbol.crate_index as usize >= known) {
            Some(index) => Err(TableError::UnknownCrate { index }),
            None => Ok(Self { symbols, crates }),
        }
    }

    /// The crates, in the order of their numbers.
    #[must_use]
    pub fn crates(&self) -> &[Interface<'t>] {
        self.crates.interfaces()
    }

    /// How many symbols there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether there are no symbols.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }
}

impl Exports for SymbolTable<'_> {
    fn lookup(&self, hash: u64, _name: &str) -> Option<Export> {
        let index = self.symbols.binary_search_by_key(&hash, |symbol| symbol.hash).ok()?;
        let symbol = self.symbols.get(index)?;
        Some(Export { address: symbol.address, crate_index: symbol.crate_index as usize })
    }

    fn crate_by_name(&self, name: &str) -> Option<(usize, Interface<'_>)> {
        self.crates.find(name)
    }

    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>> {
        self.crates.interfaces().get(index).copied()
    }

    fn compiler(&self) -> &str {
        self.crates.compiler()
    }
}

/// FNV-1a with 64 bits: how `.ksymtab` names its symbols.
#[must_use]
pub const fn fnv1a64(name: &[u8]) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = OFFSET_BASIS;
    let mut rest = name;
    while let Some((byte, tail)) = rest.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(PRIME);
        rest = tail;
    }
    hash
}

/// Why the image's tables cannot be used. Numbers count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// A symbol's hash is not larger than that of the one before.
    NotSorted {
        /// Number of the symbol.
        index: usize,
    },
    /// A symbol belongs to a crate that the note does not list.
    UnknownCrate {
        /// Number of the symbol.
        index: usize,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSorted { index } => write!(out, "kernel symbol {index} is not in the order of hashes"),
            Self::UnknownCrate { index } => write!(out, "kernel symbol {index} belongs to no listed crate"),
        }
    }
}

impl core::error::Error for TableError {}

#[cfg(test)]
mod tests {
    use super::{Exports, KernelSymbol, SymbolTable, TableError, fnv1a64};
    use crate::digest::Digest;
    use crate::note::{Note, NoteWriter};
    use alloc::vec::Vec;

    fn symbol(hash: u64, crate_index: u32) -> KernelSymbol {
        KernelSymbol { hash, address: hash * 16, crate_index, reserved: 0 }
    }

    fn crates() -> Vec<u8> {
        NoteWriter::for_kernel("rustc 1.96.0")
            .interface("spindle_event", &Digest([1; 32]))
            .interface("core", &Digest::NONE)
            .finish()
            .unwrap()
    }

    /// The test vectors of draft-eastlake-fnv, appendix C.
    #[test]
    fn hashes_as_the_draft_does() {
        assert_eq!(fnv1a64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn finds_each_symbol_and_no_other() {
        let crates = crates();
        let symbols = [symbol(3, 0), symbol(5, 1), symbol(9, 0)];
        let table = SymbolTable::new(&symbols, Note::parse(&crates).unwrap()).unwrap();
        for symbol in &symbols {
            let found = table.lookup(symbol.hash, "").unwrap();
            assert_eq!((found.address, found.crate_index), (symbol.address, symbol.crate_index as usize));
        }
        for hash in [0, 4, 10, u64::MAX] {
            assert_eq!(table.lookup(hash, ""), None);
        }
        assert_eq!(table.crate_by_name("core").unwrap().0, 1);
        assert!(table.crate_by_name("std").is_none() && table.crate_by_index(2).is_none());
    }

    #[test]
    fn refuses_tables_that_lie() {
        let crates = crates();
        let note = || Note::parse(&crates).unwrap();
        let twice = [symbol(3, 0), symbol(3, 1)];
        assert_eq!(SymbolTable::new(&twice, note()).unwrap_err(), TableError::NotSorted { index: 1 });
        let foreign = [symbol(3, 0), symbol(4, 2)];
        assert_eq!(SymbolTable::new(&foreign, note()).unwrap_err(), TableError::UnknownCrate { index: 1 });
    }
}

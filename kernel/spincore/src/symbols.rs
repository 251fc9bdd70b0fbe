//! The tables that the build put beside the kernel's code: exported symbols, crates, known keys, function names.
//!
//! They are read where they lie, as bytes; nothing is copied and nothing is trusted to be well-formed beyond what the linker
//! crate checks. What a damaged table cannot give is absent, and absent means refused.
//!
//! This file does not know who is granted what.

use spindle_linker::note::NoteError;
use spindle_linker::{Export, Exports, Interface, KnownKeys, Note};
use spindle_machine::image;
use spindle_sync::Once;

/// Bytes of one exported symbol: hash, address, number of its crate, reserved.
const SYMBOL_BYTES: usize = 24;

/// The image's own tables, read once.
static KERNEL: Once<Result<KernelSymbols<'static>, NoteError>> = Once::INIT;

/// What the kernel exports to extensions.
#[derive(Clone, Debug)]
pub(crate) struct KernelSymbols<'a> {
    symbols: &'a [[u8; SYMBOL_BYTES]],
    crates: Note<'a>,
}

/// The kernel's own exports.
///
/// # Errors
/// [`NoteError`] when the build left no sound table of crates in the image; nothing can be loaded then.
pub(crate) fn kernel() -> Result<&'static KernelSymbols<'static>, NoteError> {
    KERNEL.call_once(|| KernelSymbols::new(image::ksymtab(), image::kdeps())).as_ref().map_err(Clone::clone)
}

/// The keys whose signatures are trusted, and those that were revoked.
pub(crate) fn known_keys() -> KnownKeys<'static> {
    KnownKeys::new(image::kkeys())
}

impl<'a> KernelSymbols<'a> {
    /// A view of `.ksymtab` and `.kdeps`.
    ///
    /// # Errors
    /// [`NoteError`] for the table of crates. Bytes behind the last whole symbol are ignored.
    pub(crate) fn new(symbols: &'a [u8], crates: &'a [u8]) -> Result<Self, NoteError> {
        Ok(Self { symbols: symbols.as_chunks().0, crates: Note::parse(crates)? })
    }

    /// Names of the crates, in the order of their numbers.
    pub(crate) fn crate_names(&self) -> impl Iterator<Item = &'a str> + Clone {
        self.crates.interfaces().iter().map(|interface| interface.name)
    }
}

impl Exports for KernelSymbols<'_> {
    fn lookup(&self, hash: u64, _: &str) -> Option<Export> {
        let index = self.symbols.binary_search_by_key(&hash, |symbol| number(symbol, 0)).ok()?;
        let symbol = self.symbols.get(index)?;
        // The upper half of the third word is reserved.
        let crate_index = usize::try_from(number(symbol, 16) & u64::from(u32::MAX)).ok()?;
        Some(Export { address: number(symbol, 8), crate_index })
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

/// The little-endian number at `offset` of a symbol; zero where there is none.
fn number(symbol: &[u8; SYMBOL_BYTES], offset: usize) -> u64 {
    symbol.get(offset..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::{KernelSymbols, SYMBOL_BYTES};
    use alloc::vec::Vec;
    use spindle_linker::note::NoteWriter;
    use spindle_linker::{Digest, Export, Exports};

    fn crates() -> Vec<u8> {
        NoteWriter::for_kernel("rustc 1.96.0")
            .interface("spindle_event", &Digest([7; 32]))
            .interface("core", &Digest::NONE)
            .finish()
            .expect("short names")
    }

    fn symbols(entries: &[(u64, u64, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (hash, address, crate_index) in entries {
            bytes.extend(hash.to_le_bytes());
            bytes.extend(address.to_le_bytes());
            bytes.extend(crate_index.to_le_bytes());
            bytes.extend(0_u32.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn symbols_are_found_by_hash_and_absent_ones_are_not() {
        let (symbols, crates) = (symbols(&[(1, 0x10, 0), (5, 0x50, 1), (u64::MAX, 0x90, 1)]), crates());
        let table = KernelSymbols::new(&symbols, &crates).expect("sound");
        assert_eq!(table.lookup(1, ""), Some(Export { address: 0x10, crate_index: 0 }));
        assert_eq!(table.lookup(u64::MAX, ""), Some(Export { address: 0x90, crate_index: 1 }));
        assert_eq!(table.lookup(4, ""), None);
        assert_eq!(table.crate_by_name("core").map(|(index, _)| index), Some(1));
        assert!(table.crate_by_index(2).is_none());
        assert_eq!(table.crate_names().collect::<Vec<_>>(), ["spindle_event", "core"]);
    }

    #[test]
    fn a_cut_table_gives_the_whole_symbols_only() {
        let (symbols, crates) = (symbols(&[(1, 0x10, 0), (5, 0x50, 1)]), crates());
        let table = KernelSymbols::new(&symbols[..2 * SYMBOL_BYTES - 1], &crates).expect("sound");
        assert!(table.lookup(1, "").is_some());
        assert_eq!(table.lookup(5, ""), None);
    }

    #[test]
    fn without_a_table_of_crates_there_are_no_exports() {
        assert!(KernelSymbols::new(&symbols(&[(1, 0x10, 0)]), &[]).is_err());
    }
}

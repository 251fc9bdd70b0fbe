//! Symbols of the kernel: which ones it exports, and the tables of them that become part of the image.
//!
//! | section    | content                                                                                        |
//! |------------|------------------------------------------------------------------------------------------------|
//! | `.ksymtab` | sorted by hash: { FNV-1a 64 of the mangled name `u64`, address `u64`, crate `u32`, 0 `u32` }     |
//! | `.kdeps`   | the compiler's version and the crates with their digests, in the encoding of the object's note |
//! | `.kkeys`   | trusted and revoked public keys, 64 bytes each, as the linker crate describes them              |
//! | `.kframes` | what functions do with their callers' registers, as the unwind crate describes it              |
//! | `.knames`  | function names for backtraces, as the linker crate describes it                                |
//!
//! All are little-endian. The references of `.ksymtab` are also what keeps the exported functions in the image.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use object::write::{Object, Relocation, Symbol, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind, SymbolFlags,
    SymbolKind, SymbolScope,
};
use spindle::{library, section};
use spindle_linker::export::fnv1a64;

/// Functions that the compiler calls without being asked. They are hidden in compiler_builtins and have plain names.
const MEMORY: [&str; 6] = ["bcmp", "memcmp", "memcpy", "memmove", "memset", "strlen"];

/// Where landing pads go when they have come to their end: the compiler's name for it, defined in `machine`.
const CLEANED_UP: &str = "_Unwind_Resume";

/// Types of interfaces that these keep lists of and extensions can, too.
const NAMEABLE: [&str; 2] = ["spindle_event::binding::BindingId", "spindle_event::trace::Run"];

/// A symbol that the kernel exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    /// Its mangled name.
    pub(crate) name: String,
    /// FNV-1a 64 of the name.
    pub(crate) hash: u64,
    /// Index of the crate it belongs to.
    pub(crate) home: usize,
}

impl Export {
    fn new(name: &str, home: usize) -> Self {
        Self { name: name.to_owned(), hash: fnv1a64(name.as_bytes()), home }
    }
}

/// What `library` exports: the names that rustc made reachable from other crates, and the memory functions.
///
/// # Errors
/// When the library can't be read.
pub(crate) fn exported(library: &Path, home: usize) -> Result<Vec<Export>> {
    let mut exports = Vec::new();
    library::defined(library, |name, is_reachable| {
        if name.starts_with("_R") && is_reachable && !is_unstable(name) && !is_float_text(name)
            || MEMORY.contains(&name)
            || is_arithmetic(name)
        {
            exports.push(Export::new(name, home));
        }
    })?;
    Ok(exports)
}

/// What of `exports` makes a list of something that extensions have grow, too. The compiler would have them call it, and their list
/// would grow on the kernel's heap. An interface that puts one by one into such a list says `extend`, which is not shared.
pub(crate) fn shared_growth(exports: &[Export]) -> Vec<String> {
    let plain = exports.iter().map(|export| format!("{:#}", rustc_demangle::demangle(&export.name)));
    plain.filter(|name| is_shared_growth(name)).collect()
}

fn is_shared_growth(plain: &str) -> bool {
    let is_growth =
        plain.starts_with("<alloc::") && (plain.ends_with(">::grow_one") || plain.ends_with(">::grow"));
    is_growth && (!plain.contains("spindle_") || NAMEABLE.iter().any(|of| plain.contains(&format!("<{of}>"))))
}

/// Whether it is there for `f16` or `f128` alone, of which stable Rust has neither (Rust RFC 2603, "Basic types": `C3f16`, `C4f128`).
fn is_unstable(name: &str) -> bool {
    ["C3f16", "C4f128"].iter().any(|kind| name.contains(kind))
}

/// Whether it makes text of a float, or a float of text. Extensions don't calculate with floats (decision 0037), and what they never call
/// takes no part of the image.
fn is_float_text(name: &str) -> bool {
    ["7flt2dec", "7dec2flt", "3fmt5float"].iter().any(|module| name.contains(module))
}

/// Whether the compiler calls it for arithmetic on `f32`, `f64`, `i128` or `u128`, for which there are no instructions here
/// (GCC internals manual, 4.1 and 4.2: `sf`, `df` and `ti` are these types, `hf` and `tf` floats that stable Rust hasn't).
fn is_arithmetic(name: &str) -> bool {
    let has = |kinds: &[&str]| kinds.iter().any(|kind| name.contains(kind));
    name.starts_with("__") && !name.starts_with("__rust") && has(&["sf", "df", "ti"]) && !has(&["hf", "tf"])
}

/// The entries of allocator and panic that rustc made for the final product, out of its static library.
///
/// # Errors
/// When the library can't be read, or lacks them.
pub(crate) fn shims(archive: &Path, alloc: usize, core: usize) -> Result<Vec<Export>> {
    let mut exports = BTreeMap::new();
    library::defined(archive, |name, _| {
        if !name.contains("7___rustc") {
            return;
        }
        let plain = format!("{:#}", rustc_demangle::demangle(name));
        match plain.rsplit("::").next().unwrap_or_default() {
            "rust_begin_unwind" => exports.insert(name.to_owned(), core),
            last if last.starts_with("__rust_") => exports.insert(name.to_owned(), alloc),
            _ => None,
        };
    })?;
    exports.insert(CLEANED_UP.to_owned(), core);
    if exports.len() < 7 {
        bail!(
            "{} lacks a panic handler or a global allocator: found only {:?}",
            archive.display(),
            exports.keys()
        );
    }
    Ok(exports.into_iter().map(|(name, home)| Export::new(&name, home)).collect())
}

/// Sorts by hash and drops repetitions.
///
/// # Errors
/// When two names have one hash.
pub(crate) fn sort(exports: &mut Vec<Export>) -> Result<()> {
    exports.sort_by(|one, other| (one.hash, &one.name, one.home).cmp(&(other.hash, &other.name, other.home)));
    exports.dedup_by(|later, first| later.name == first.name);
    if let Some(pair) = exports.windows(2).find(|pair| pair[0].hash == pair[1].hash) {
        bail!("`{}` and `{}` have the same hash {:#x}: rename one", pair[0].name, pair[1].name, pair[0].hash);
    }
    Ok(())
}

/// An object file with the tables, to be linked into the image.
///
/// # Errors
/// When the tables can't be encoded.
pub(crate) fn tables(
    exports: &[Export],
    dependencies: &[u8],
    keys: &[u8],
    frames: &[u8],
    names: &[u8],
) -> Result<Vec<u8>> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
    let table = section::read_only(&mut object, ".ksymtab");
    for export in exports {
        let mut entry = export.hash.to_le_bytes().to_vec();
        entry.extend([0; 8]);
        entry.extend(u32::try_from(export.home)?.to_le_bytes());
        entry.extend([0; 4]);
        let offset = object.append_section_data(table, &entry, 8);
        let symbol = object.add_symbol(Symbol {
            name: export.name.clone().into_bytes(),
            value: 0,
            size: 0,
            kind: SymbolKind::Unknown,
            scope: SymbolScope::Unknown,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        let flags = RelocationFlags::Generic {
            kind: RelocationKind::Absolute,
            encoding: RelocationEncoding::Generic,
            size: 64,
        };
        object.add_relocation(table, Relocation { offset: offset + 8, symbol, addend: 0, flags })?;
    }
    for (name, bytes) in
        [(".kdeps", dependencies), (".kkeys", keys), (".kframes", frames), (".knames", names)]
    {
        let section = section::read_only(&mut object, name);
        object.append_section_data(section, bytes, 8);
    }
    Ok(object.write()?)
}

#[cfg(test)]
mod tests {
    use super::{Export, sort, tables};
    use object::{Object as _, ObjectSection as _};
    use spindle_linker::export::fnv1a64;

    #[test]
    fn arithmetic_of_stable_types_is_told_from_other_functions() {
        for name in ["__adddf3", "__gtsf2", "__udivti3", "__floatuntidf", "__truncdfsf2"] {
            assert!(super::is_arithmetic(name), "{name}");
        }
        for name in ["__addtf3", "__extendhfsf2", "__divdi3", "__rust_i128_add", "sinf", "_Rti"] {
            assert!(!super::is_arithmetic(name), "{name}");
        }
    }

    #[test]
    fn functions_of_unstable_types_are_not_exported() {
        for name in ["_RNvXsa_NtNtC4core3fmt5floatC3f16NtB7_5Debug3fmt", "_RINvNtC4core3numC4f128EB2_"] {
            assert!(super::is_unstable(name), "{name}");
        }
        assert!(!super::is_unstable("_RNvXs6_NtNtC4core3fmt5floatdNtB7_5Debug3fmt"));
    }

    #[test]
    fn text_of_floats_is_not_exported() {
        for name in [
            "_RNvXs6_NtNtCsgLLt1Epy8Ri_4core3fmt5floatdNtB7_5Debug3fmt",
            "_RNvNtNtNtCsgLLt1Epy8Ri_4core3num3imp7flt2dec8round_up",
            "_RNvNtNtNtNtCsgLLt1Epy8Ri_4core3num3imp7dec2flt5parse12parse_number",
        ] {
            assert!(super::is_float_text(name), "{name}");
        }
        assert!(!super::is_float_text("_RNvXsX_NtNtCsgLLt1Epy8Ri_4core3fmt3num3implNtB7_7Display3fmt"));
    }

    #[test]
    fn growth_of_lists_that_extensions_could_have_is_found() {
        for name in [
            "<alloc::raw_vec::RawVec<u64>>::grow_one",
            "<alloc::raw_vec::RawVec<(usize, usize)>>::grow_one",
            "<alloc::raw_vec::RawVec<spindle_event::binding::BindingId>>::grow_one",
            "<alloc::collections::vec_deque::VecDeque<spindle_event::trace::Run>>::grow",
        ] {
            assert!(super::is_shared_growth(name), "{name}");
        }
        for name in [
            "<alloc::raw_vec::RawVec<alloc::sync::Arc<spindle_event::record::Record>>>::grow_one",
            "<alloc::sync::Arc<u64>>::drop_slow",
            "<spindle_event::roll::Roll>::grow",
        ] {
            assert!(!super::is_shared_growth(name), "{name}");
        }
    }

    #[test]
    fn exports_are_sorted_by_hash_and_named_once() {
        let mut exports = vec![Export::new("a", 1), Export::new("foobar", 0), Export::new("a", 2)];
        sort(&mut exports).expect("different hashes");
        assert_eq!(exports, [Export::new("foobar", 0), Export::new("a", 1)]);
    }

    #[test]
    fn equal_hashes_are_refused() {
        let mut twin = Export::new("a", 0);
        twin.name = "b".to_owned();
        assert!(sort(&mut vec![Export::new("a", 0), twin]).is_err());
    }

    #[test]
    fn each_export_is_an_entry_with_one_relocation() {
        let bytes =
            tables(&[Export::new("a", 3), Export::new("b", 4)], b"deps", b"keys", b"", b"").expect("encodes");
        let file = object::File::parse(&*bytes).expect("an object");
        let table = file.section_by_name(".ksymtab").expect("there");
        let data = table.data().expect("has data");
        assert_eq!(data.len(), 48);
        assert_eq!(data[..8], fnv1a64(b"a").to_le_bytes());
        assert_eq!(data[40..48], [4, 0, 0, 0, 0, 0, 0, 0]);
        let places: Vec<u64> = table.relocations().map(|(place, _)| place).collect();
        assert_eq!(places, [8, 32]);
        assert_eq!(file.section_by_name(".kdeps").expect("there").data().expect("has data"), b"deps");
    }
}

//! Notes written and read back, and notes that nobody should write.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Interface, MAX_PUBLISHED_SYMBOLS, MAX_RECORDS, Note, NoteError, NoteWriter};
use crate::digest::Digest;

const COMPILER: &str = "rustc 1.96.0 (30a34c682 2026-05-25) (built from a source tarball)";

#[test]
fn what_is_written_is_read() {
    let bytes = NoteWriter::for_extension("gatekeeper", COMPILER)
        .interface("spindle_event", &Digest([1; 32]))
        .interface("spindle_console", &Digest([2; 32]))
        .finish()
        .unwrap();
    let note = Note::parse(&bytes).unwrap();
    assert_eq!((note.extension(), note.compiler()), (Some("gatekeeper"), COMPILER));
    let console = Interface { name: "spindle_console", digest: Digest([2; 32]) };
    assert_eq!(note.find("spindle_console"), Some((1, console)));
    assert_eq!(note.interfaces().len(), 2);
    assert_eq!(note.find("spindle_control"), None);
}

#[test]
fn the_kernels_own_note_names_no_extension() {
    let bytes = NoteWriter::for_kernel("rustc").interface("core", &Digest::NONE).finish().unwrap();
    let note = Note::parse(&bytes).unwrap();
    assert_eq!(note.extension(), None);
    assert!(note.interfaces()[0].digest.is_none());
}

#[test]
fn the_layout_is_the_documented_one() {
    let bytes = NoteWriter::for_extension("x", "r").interface("i", &Digest([7; 32])).finish().unwrap();
    let (head, digest) = bytes.split_at(bytes.len() - 32);
    assert_eq!(head, b"SPDX\x03\0\0\0\x01\x01r\0\x01x\x02\x01i");
    assert_eq!(digest, [7; 32]);
}

#[test]
fn a_note_that_could_not_be_read_is_not_written() {
    let named = |name: &str| NoteWriter::for_extension(name, "r").finish();
    for name in ["", "Upper", "a b", "../x", "0123456789abcdef0123456789abcdefx"] {
        assert_eq!(named(name), Err(NoteError::BadName { at: 11 }), "{name}");
    }
    assert!(named("0123456789abcdef0123456789abcdef").is_ok());
    let long = String::from_utf8([b'r'; 256].to_vec()).unwrap();
    assert_eq!(NoteWriter::for_kernel(&long).finish(), Err(NoteError::BadName { at: 8 }));
    assert!(NoteWriter::for_kernel(&long[1..]).finish().is_ok());
    let twice = NoteWriter::for_kernel("r").interface("i", &Digest::NONE).interface("i", &Digest([1; 32]));
    assert_eq!(twice.finish(), Err(NoteError::Twice { at: 46 }));
}

#[test]
fn a_note_has_so_many_records_and_no_more() {
    let full = (0..MAX_RECORDS - 1).fold(NoteWriter::for_kernel("r"), |note, number| {
        note.interface(&alloc::format!("crate_{number}"), &Digest::NONE)
    });
    assert!(full.clone().finish().is_ok());
    let count = MAX_RECORDS as u32 + 1;
    assert_eq!(full.interface("one_more", &Digest::NONE).finish(), Err(NoteError::TooManyRecords { count }));
}

#[test]
fn a_note_cut_anywhere_is_refused() {
    let writer = NoteWriter::for_extension("x", "r").interface("i", &Digest([7; 32]));
    let bytes = writer.published("p", &SEEN, &[1, 2]).finish().unwrap();
    for length in 0..bytes.len() {
        let refused = Note::parse(&bytes[..length]).unwrap_err();
        assert!(matches!(refused, NoteError::Truncated { .. }), "cut at {length}: {refused}");
    }
}

#[test]
fn seven_zeros_may_follow() {
    let mut bytes = NoteWriter::for_kernel("r").finish().unwrap();
    let end = bytes.len();
    bytes.resize(end + 7, 0);
    assert!(Note::parse(&bytes).is_ok());
    bytes.push(0);
    assert_eq!(Note::parse(&bytes), Err(NoteError::TrailingBytes { at: end, count: 8 }));
    bytes.truncate(end + 1);
    bytes[end] = 1;
    assert_eq!(Note::parse(&bytes), Err(NoteError::TrailingBytes { at: end, count: 1 }));
}

#[test]
fn a_note_names_the_compiler_once() {
    assert_eq!(Note::parse(b"SPDX\0\0\0\0"), Err(NoteError::NoCompiler));
    assert_eq!(Note::parse(b"SPDX\x02\0\0\0\x01\x01r\x01\x01s"), Err(NoteError::Twice { at: 11 }));
    assert_eq!(Note::parse(b"SPDX\x01\0\0\0\x01\x01\x1b"), Err(NoteError::BadName { at: 8 }));
}

const SEEN: Digest = Digest([9; 32]);

fn publisher() -> NoteWriter {
    NoteWriter::for_extension("ledger", "r")
}

#[test]
fn what_is_published_is_read() {
    let bytes = publisher()
        .interface("spindle_event", &Digest([1; 32]))
        .published("ledger_interface", &SEEN, &[3, 5, u64::MAX])
        .published("ledger_types", &Digest([8; 32]), &[])
        .finish()
        .unwrap();
    let note = Note::parse(&bytes).unwrap();
    let [interface, types] = note.published() else { panic!("{note:?}") };
    assert_eq!((interface.name, interface.digest), ("ledger_interface", SEEN));
    assert_eq!(interface.symbols().collect::<Vec<_>>(), [3, 5, u64::MAX]);
    assert_eq!((types.name, types.symbols().len()), ("ledger_types", 0));
    assert_eq!(note.interfaces().len(), 1);
}

#[test]
fn the_layout_of_a_published_crate_is_the_documented_one() {
    let bytes = NoteWriter::for_kernel("r").published("p", &SEEN, &[0x0102, 0x0103]).finish().unwrap();
    assert_eq!(bytes[..14], *b"SPDX\x02\0\0\0\x01\x01r\x03\x01p");
    assert_eq!(bytes[14..46], [9; 32]);
    assert_eq!(bytes[46..], *b"\x02\0\0\0\x02\x01\0\0\0\0\0\0\x03\x01\0\0\0\0\0\0");
}

#[test]
fn a_crate_is_imported_or_published_and_that_once() {
    let published = || publisher().published("p", &SEEN, &[1]);
    assert_eq!(published().published("p", &SEEN, &[2]).finish(), Err(NoteError::Twice { at: 66 }));
    assert_eq!(published().interface("p", &SEEN).finish(), Err(NoteError::ImportedAndPublished { at: 66 }));
    let imported = publisher().interface("p", &SEEN).published("p", &SEEN, &[1]);
    assert_eq!(imported.finish(), Err(NoteError::ImportedAndPublished { at: 54 }));
}

#[test]
fn published_symbols_rise_and_none_is_there_twice() {
    let of = |hashes: &[u64]| publisher().published("p", &SEEN, hashes).finish();
    assert!(of(&[1, 2, 3]).is_ok());
    assert_eq!(of(&[1, 3, 2]), Err(NoteError::NotSorted { at: 19, index: 2 }));
    assert_eq!(of(&[1, 3, 3]), Err(NoteError::SymbolTwice { hash: 3 }));
    let both = publisher().published("p", &SEEN, &[1, 7]).published("q", &SEEN, &[4, 7]);
    assert_eq!(both.finish(), Err(NoteError::SymbolTwice { hash: 7 }));
}

#[test]
fn so_many_symbols_are_published_and_no_more() {
    let hashes =
        |first: usize, count: usize| (first..first + count).map(|hash| hash as u64).collect::<Vec<_>>();
    let full = publisher().published("p", &SEEN, &hashes(0, MAX_PUBLISHED_SYMBOLS));
    assert!(full.clone().finish().is_ok());
    let count = MAX_PUBLISHED_SYMBOLS + 1;
    let in_two = full.published("q", &SEEN, &hashes(MAX_PUBLISHED_SYMBOLS, 1));
    assert_eq!(in_two.finish(), Err(NoteError::TooManySymbols { count }));
    let in_one = publisher().published("p", &SEEN, &hashes(0, count));
    assert_eq!(in_one.finish(), Err(NoteError::TooManySymbols { count }));
}

#[test]
fn a_published_crate_has_a_digest() {
    let unseen = publisher().published("p", &Digest::NONE, &[1]).finish();
    assert_eq!(unseen, Err(NoteError::NoDigest { at: 19 }));
}

#[test]
fn a_count_beyond_the_note_is_refused() {
    let mut bytes = publisher().published("p", &SEEN, &[1, 2]).finish().unwrap();
    let count = bytes.len() - 20;
    bytes[count] = 3;
    assert_eq!(Note::parse(&bytes), Err(NoteError::Truncated { at: count + 4, needed: 24 }));
    bytes[count..count + 4].fill(0xff);
    assert_eq!(Note::parse(&bytes), Err(NoteError::TooManySymbols { count: u32::MAX as usize }));
    bytes[count..count + 4].copy_from_slice(&[1, 0, 0, 0]);
    assert_eq!(Note::parse(&bytes), Err(NoteError::TrailingBytes { at: count + 12, count: 8 }));
}

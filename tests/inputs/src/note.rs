//! Notes: what is read can be written, and is then read as the same.

use spindle_linker::Note;
use spindle_linker::note::NoteWriter;

/// Takes `bytes` as such.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(bytes: &[u8]) {
    let note = match Note::parse(bytes) {
        Ok(note) => note,
        Err(refused) => {
            let _message = refused.to_string();
            return;
        }
    };
    let writer = match note.extension() {
        Some(name) => NoteWriter::for_extension(name, note.compiler()),
        None => NoteWriter::for_kernel(note.compiler()),
    };
    let writer =
        note.interfaces().iter().fold(writer, |writer, found| writer.interface(found.name, &found.digest));
    let writer = note.published().iter().fold(writer, |writer, found| {
        let hashes: Vec<u64> = found.symbols().collect();
        assert!(hashes.is_sorted() && !found.digest.is_none());
        writer.published(found.name, &found.digest, &hashes)
    });
    let written = writer.finish().expect("what was read can be written");
    assert_eq!(Note::parse(&written).expect("what was written can be read"), note);
}

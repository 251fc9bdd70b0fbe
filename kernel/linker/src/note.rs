//! The note: who an extension is and what it was compiled against.
//!
//! ```text
//! note    `SPDX`, count u32, then `count` records
//! record  kind u8, length u8, `length` bytes of name; kinds 2 and 3: 32 bytes of digest behind the name;
//!         kind 3: count u32 behind the digest, then `count` hashes u64, rising
//! kind    0 name of the extension, 1 version of the compiler, 2 interface crate that it was compiled against,
//!         3 interface crate that it publishes
//! ```
//!
//! Numbers are little-endian, nothing is aligned. An extension carries its note in section [`SECTION`], under the
//! signature; the kernel carries one of the same form (`.kdeps`), whose interface records, in their order, number the
//! crates. The hashes are [`fnv1a64`](crate::export::fnv1a64) of the symbols that a published crate exports. Up to seven zero bytes may stand behind the last record, for alignment.
//!
//! Comparing two notes is `resolve`'s part; that an object defines what it publishes is seen to by
//! [`crate::publish`].

mod error;
mod published;
mod writer;

use alloc::vec::Vec;

use crate::digest::Digest;
pub use error::NoteError;
pub use published::Published;
pub use writer::NoteWriter;

/// Section of an object that holds the note.
pub const SECTION: &str = ".ext.deps";

/// First bytes of a note.
pub const MAGIC: [u8; 4] = *b"SPDX";

/// Most records a note may have.
pub const MAX_RECORDS: usize = 256;

/// Longest name of an extension, in bytes.
pub const MAX_EXTENSION_NAME: usize = 32;

/// Most symbols that the published crates of one note may have together.
pub const MAX_PUBLISHED_SYMBOLS: usize = 4096;

const KIND_EXTENSION: u8 = 0;
const KIND_COMPILER: u8 = 1;
const KIND_INTERFACE: u8 = 2;
const KIND_PUBLISHED: u8 = 3;

/// Zero bytes that an aligned section may have behind its last record.
const MAX_PADDING: usize = 7;

/// A note that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note<'n> {
    extension: Option<&'n str>,
    compiler: &'n str,
    interfaces: Vec<Interface<'n>>,
    published: Vec<Published<'n>>,
}

/// An interface crate, as one side saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface<'n> {
    /// Name of the crate, as the compiler knows it (`spindle_event`).
    pub name: &'n str,
    /// What it looked like; [`Digest::NONE`] when the compiler's version says it all.
    pub digest: Digest,
}

impl<'n> Note<'n> {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`] for anything that is not exactly a note with one compiler record, at most one extension record, no
    /// interface crate twice, and no symbol published twice.
    pub fn parse(bytes: &'n [u8]) -> Result<Self, NoteError> {
        let mut reader = Reader { bytes, at: 0 };
        let magic = *reader.chunk::<4>()?;
        if magic != MAGIC {
            return Err(NoteError::BadMagic { found: magic });
        }
        let count = u32::from_le_bytes(*reader.chunk::<4>()?);
        if count as usize > MAX_RECORDS {
            return Err(NoteError::TooManyRecords { count });
        }
        let mut note = Unfinished::default();
        for _ in 0..count {
            note.add(&mut reader)?;
        }
        reader.finish()?;
        let compiler = note.compiler.ok_or(NoteError::NoCompiler)?;
        published::check(&note.published)?;
        let Unfinished { extension, interfaces, published, .. } = note;
        Ok(Self { extension, compiler, interfaces, published })
    }

    /// Name of the extension, if the note names one.
    #[must_use]
    pub fn extension(&self) -> Option<&'n str> {
        self.extension
    }

    /// Version of the compiler, as `rustc --version` prints it.
    #[must_use]
    pub fn compiler(&self) -> &'n str {
        self.compiler
    }

    /// The interface crates, in the order of the note.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface<'n>] {
        &self.interfaces
    }

    /// The interface crates that the extension publishes, in the order of the note.
    #[must_use]
    pub fn published(&self) -> &[Published<'n>] {
        &self.published
    }

    /// Position and record of the interface crate called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(usize, Interface<'n>)> {
        self.interfaces.iter().copied().enumerate().find(|(_, interface)| interface.name == name)
    }
}

#[derive(Default)]
struct Unfinished<'n> {
    extension: Option<&'n str>,
    compiler: Option<&'n str>,
    interfaces: Vec<Interface<'n>>,
    published: Vec<Published<'n>>,
}

impl<'n> Unfinished<'n> {
    fn add(&mut self, reader: &mut Reader<'n>) -> Result<(), NoteError> {
        let at = reader.at;
        let [kind, length] = *reader.chunk::<2>()?;
        let name = reader.take(usize::from(length))?;
        let name = printable(name).ok_or(NoteError::BadName { at })?;
        match kind {
            KIND_EXTENSION if self.extension.is_some() => return Err(NoteError::Twice { at }),
            KIND_EXTENSION if !is_extension_name(name) => return Err(NoteError::BadName { at }),
            KIND_EXTENSION => self.extension = Some(name),
            KIND_COMPILER if self.compiler.is_some() => return Err(NoteError::Twice { at }),
            KIND_COMPILER => self.compiler = Some(name),
            KIND_INTERFACE => {
                self.check_crate(name, at, kind)?;
                self.interfaces.push(Interface { name, digest: Digest(*reader.chunk()?) });
            }
            KIND_PUBLISHED => {
                self.check_crate(name, at, kind)?;
                self.published.push(Published::read(name, at, reader)?);
            }
            kind => return Err(NoteError::UnknownKind { kind, at }),
        }
        Ok(())
    }
}

impl Unfinished<'_> {
    /// A crate is compiled against or published, and that once.
    fn check_crate(&self, name: &str, at: usize, kind: u8) -> Result<(), NoteError> {
        let is_imported = self.interfaces.iter().any(|other| other.name == name);
        let is_published = self.published.iter().any(|other| other.name == name);
        match (is_imported, is_published) {
            (false, false) => Ok(()),
            (true, _) if kind == KIND_INTERFACE => Err(NoteError::Twice { at }),
            (_, true) if kind == KIND_PUBLISHED => Err(NoteError::Twice { at }),
            _ => Err(NoteError::ImportedAndPublished { at }),
        }
    }
}

/// Whether `name` can be that of an extension, as `spindle-domain` has it: small letters, digits, `-` and `_`.
fn is_extension_name(name: &str) -> bool {
    name.len() <= MAX_EXTENSION_NAME
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// `bytes` as text, unless empty or with a byte that could do something to a terminal.
fn printable(bytes: &[u8]) -> Option<&str> {
    let is_plain = !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    core::str::from_utf8(bytes).ok().filter(|_| is_plain)
}

/// Reads from front to back and never past the end.
struct Reader<'n> {
    bytes: &'n [u8],
    at: usize,
}

impl<'n> Reader<'n> {
    fn take(&mut self, count: usize) -> Result<&'n [u8], NoteError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (taken, _) =
            rest.split_at_checked(count).ok_or(NoteError::Truncated { at: self.at, needed: count })?;
        self.at += count;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<&'n [u8; N], NoteError> {
        let at = self.at;
        self.take(N)?.first_chunk().ok_or(NoteError::Truncated { at, needed: N })
    }

    fn finish(&self) -> Result<(), NoteError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.len() > MAX_PADDING || rest.iter().any(|byte| *byte != 0) {
            return Err(NoteError::TrailingBytes { at: self.at, count: rest.len() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

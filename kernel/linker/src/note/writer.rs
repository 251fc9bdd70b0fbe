//! Writing a note: the host tool's side of the format.
//!
//! [`NoteWriter::finish`] reads back what it wrote, so that a note which the kernel would refuse is never made.

use alloc::vec::Vec;

use super::{KIND_COMPILER, KIND_EXTENSION, KIND_INTERFACE, KIND_PUBLISHED, MAGIC, Note, NoteError};
use crate::digest::Digest;

/// Collects the records of a note.
#[derive(Clone, Debug)]
pub struct NoteWriter {
    records: Vec<u8>,
    count: u32,
    /// Where the first record stands whose name is too long for its length byte.
    too_long: Option<usize>,
}

impl NoteWriter {
    /// Starts the note of the extension called `name`, compiled by `compiler` (what `rustc --version` prints).
    #[must_use]
    pub fn for_extension(name: &str, compiler: &str) -> Self {
        let mut writer = Self::for_kernel(compiler);
        writer.record(KIND_EXTENSION, name);
        writer
    }

    /// Starts the kernel's own note: its interface records number the crates.
    #[must_use]
    pub fn for_kernel(compiler: &str) -> Self {
        let mut writer = Self { records: Vec::new(), count: 0, too_long: None };
        writer.record(KIND_COMPILER, compiler);
        writer
    }

    /// Adds an interface crate.
    #[must_use]
    pub fn interface(mut self, name: &str, digest: &Digest) -> Self {
        self.record(KIND_INTERFACE, name);
        self.records.extend_from_slice(&digest.0);
        self
    }

    /// Adds a crate that the extension publishes, with the hashes of the symbols that it exports, rising.
    #[must_use]
    pub fn published(mut self, name: &str, digest: &Digest, hashes: &[u64]) -> Self {
        self.record(KIND_PUBLISHED, name);
        self.records.extend_from_slice(&digest.0);
        let count = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        self.records.extend_from_slice(&count.to_le_bytes());
        self.records.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        self
    }

    /// The bytes of the note.
    ///
    /// # Errors
    /// [`NoteError`] when [`Note::parse`] would not take them: a name empty, too long or unprintable, a crate or a
    /// published symbol twice, hashes that do not rise, too many records or symbols.
    pub fn finish(self) -> Result<Vec<u8>, NoteError> {
        if let Some(at) = self.too_long {
            return Err(NoteError::BadName { at });
        }
        let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + self.records.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.records);
        Note::parse(&bytes)?;
        Ok(bytes)
    }

    fn record(&mut self, kind: u8, name: &str) {
        let length = u8::try_from(name.len()).unwrap_or_else(|_| {
            self.too_long.get_or_insert(MAGIC.len() + 4 + self.records.len());
            u8::MAX
        });
        self.records.extend_from_slice(&[kind, length]);
        self.records.extend_from_slice(name.as_bytes());
        self.count += 1;
    }
}

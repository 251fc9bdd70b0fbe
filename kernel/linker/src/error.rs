//! Errors of the whole walk: one enum over the steps, and the file's name around it.
//!
//! The linker itself does not know what a file is called; the caller adds that with [`LinkError::in_file`].

use alloc::string::String;
use core::fmt;

use crate::entry::{self, EntryError};
use crate::note::{self, NoteError};
use crate::object::ObjectError;
use crate::plan::PlanError;
use crate::relocate::RelocateError;
use crate::resolve::ResolveError;
use crate::signature::FileError;

/// Why an extension is refused, by the step that refused it.
#[derive(Debug)]
pub enum LinkError {
    /// The file is not whole, or not signed by a trusted key.
    File(FileError),
    /// The object is malformed, or has something that is not linked.
    Object(ObjectError),
    /// The note is malformed.
    Note(NoteError),
    /// The entry record is malformed.
    Entry(EntryError),
    /// Interfaces differ, or imports are missing or forbidden.
    Resolve(ResolveError),
    /// The object is too large.
    Plan(PlanError),
    /// The object does not fit where it should go.
    Relocate(RelocateError),
}

impl LinkError {
    /// Adds the name of the file that is refused.
    #[must_use]
    pub fn in_file(self, file: &str) -> Refusal {
        Refusal { file: file.into(), cause: self }
    }
}

/// A file that was refused, and why.
#[derive(Debug)]
pub struct Refusal {
    /// Name of the file.
    pub file: String,
    /// Why.
    pub cause: LinkError,
}

impl fmt::Display for LinkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(cause) => cause.fmt(out),
            Self::Object(cause) => cause.fmt(out),
            Self::Note(cause) => write!(out, "section `{}`: {cause}", note::SECTION),
            Self::Entry(cause) => write!(out, "section `{}`: {cause}", entry::SECTION),
            Self::Resolve(cause) => cause.fmt(out),
            Self::Plan(cause) => cause.fmt(out),
            Self::Relocate(cause) => cause.fmt(out),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.file, self.cause)
    }
}

impl core::error::Error for LinkError {}

impl core::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// One `From` per step, so that the walk can use `?`.
macro_rules! from_step {
    ($($step:ident($error:ty)),+) => {$(
        impl From<$error> for LinkError {
            fn from(cause: $error) -> Self {
                Self::$step(cause)
            }
        }
    )+};
}

from_step!(
    File(FileError),
    Object(ObjectError),
    Note(NoteError),
    Entry(EntryError),
    Resolve(ResolveError),
    Plan(PlanError),
    Relocate(RelocateError)
);

//! The run-time linker: the bytes of a signed extension in, placed bytes out.
//!
//! A load is this walk, and each step is one function that only looks at its arguments:
//!
//! 1. [`signature::verify`]: the file is whole, in our format, and signed by a key that the kernel trusts and
//!    that was not revoked ([`keys`]).
//! 2. [`Object::parse`]: the payload is an AArch64 relocatable object of the shape that our tool makes; its sections,
//!    symbols, relocation records, note and entry record are what they must be.
//! 3. [`Linkage`]: compiler and interfaces are those of the sources, every import exists and belongs to a crate that the
//!    domain was given; [`check_ownership`]: nothing that somebody exports is defined again.
//! 4. [`Plan::new`]: how many bytes of text, read-only and writable data are needed, and where each section goes in them.
//! 5. [`relocate()`]: computes every relocation for the addresses that were reserved, and only then writes.
//!
//! What an object allocates comes from a heap that the caller names ([`Charged`]).
//!
//! What an object publishes for others is found by [`Object::parse`] and becomes a [`PublishedTable`] when it is placed.
//!
//! Whatever is refused is refused before the first byte is written.
//!
//! # Invariants
//! - Pure: no global, no clock, no file, no address that is dereferenced. Memory comes as slices, addresses as numbers.
//! - No `unsafe`, and no input that makes it panic: malformed is a normal case.
//! - Knows nothing of page tables, of domains or of where a file came from.
//!
//! The encoding side ([`note::NoteWriter`], [`signature::assemble`], [`export::fnv1a64`]) is here as well, so that the host
//! tool and the kernel share one definition of the format.
//!
//! Sources: System V gABI, chapter 4; "ELF for the Arm 64-bit Architecture" (AAELF64, IHI 0056); RFC 8032.
#![no_std]

extern crate alloc;

pub mod aarch64;
pub mod allocator;
pub mod digest;
pub mod entry;
pub mod error;
pub mod export;
pub mod grant;
pub mod keys;
mod names;
pub mod note;
pub mod object;
mod order;
pub mod plan;
pub mod publish;
pub mod relocate;
pub mod resolve;
pub mod signature;
pub mod symbol;

pub use allocator::{Allocator, Charged};
pub use digest::Digest;
pub use entry::EntryShape;
pub use error::{LinkError, Refusal};
pub use export::{Export, Exports, KernelSymbol, SymbolTable};
pub use grant::CrateSet;
pub use keys::KnownKeys;
pub use names::{Name, Names, NamesError, names_table};
pub use note::{Interface, Note, Published};
pub use object::{FRAMES, NAMES, Object, Region};
pub use plan::Plan;
pub use publish::{PublishedAddress, PublishedSymbol, PublishedTable};
pub use relocate::{Bases, Images, Placed, relocate};
pub use resolve::{Imports, Linkage, ResolveError, SourceId, check_complete, check_ownership, resolve};
pub use signature::{Verified, verify};

//! Where the callers of a function are, and what they expect to find: tables made of the compiler's, and the step from a frame to
//! the one that called it.
//!
//! The compiler describes, for each instruction, where a function has put the registers of its caller (DWARF 5, 6.4; AAPCS64
//! 6.1.1 says which it has to keep). The build translates that into a [`Table`], of which a lookup is two binary
//! searches; the kernel so needs no reader of DWARF.
//!
//! *Invariants.* Pure: no global, no pointer; memory is read by a function that is passed in. No bytes make a table panic. It
//! knows nothing of extensions, panics or boundaries: who walks, and where a walk ends, is the kernel's business.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod rule;
mod step;
mod table;
mod writer;

pub use rule::{Base, Rule, SAVED};
pub use step::{Registers, pass, step};
pub use table::{Table, TableError};
pub use writer::{Full, TableWriter};

//! What an author of extensions needs besides Rust: opening an SDK, making a crate from its template, building, auditing,
//! linking and signing it.
//!
//! *Invariants.* Knows nothing of the kernel's repository: all that it is told of a kernel is the folder of an SDK. Compiler
//! flags are the SDK's; an author's own configuration of cargo does not count. `xtask` builds the kernel's own extensions with
//! this same library.

pub mod audit;
pub mod compile;
pub mod digest;
pub mod extension;
pub mod flags;
pub mod frames;
pub mod keys;
pub mod library;
pub mod names;
pub mod process;
pub mod published;
pub mod sdk;
pub mod section;
pub mod sign;
pub mod stamp;
pub mod template;
pub mod tools;

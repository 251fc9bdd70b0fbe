//! Control: the kernel as its operator sees it. For trusted domains only.
//!
//! [`Control`] is the capability to look at the kernel, to load and unload extensions, to raise events by name and to
//! halt the machine. What it answers are plain reports: copies, true when they were made, that keep nothing alive.
//!
//! Invariants: a report holds no address that could be called and no reference into another domain. Unloading does not
//! wait for its own end; [`ENDED`] tells when a domain is gone.
//!
//! This crate does not do any of it. The kernel serves it ([`serve`]).
#![no_std]

extern crate alloc;

mod control;
mod failure;
mod report;

pub use control::{Control, ENDED, Ended, Kernel, serve};
pub use failure::{NotServed, Refused, Stage, UnloadError};
pub use report::{
    BindingReport, CoreReport, CoreState, DomainReport, DomainState, EventReport, LoadReport, LogLine,
    MemoryReport,
};
pub use spindle_domain::{DomainId, TextError};

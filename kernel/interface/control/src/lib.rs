//! Control: the kernel as its operator sees it. For trusted domains only.
//!
//! [`Control`] is the capability to look at the kernel, to load and unload extensions, to raise and to trace events by name
//! and to halt the machine. What it answers are plain reports: copies, true when they were made, that keep nothing alive.
//!
//! Invariants: a report holds no address that could be called and no reference into another domain. Unloading does not
//! wait for its own end; [`ENDED`] tells when a domain is gone.
//!
//! This crate does not do any of it. The kernel serves it ([`serve`]).
#![no_std]

extern crate alloc;

mod control;
mod event_report;
mod failure;
mod report;
mod strand_report;

pub use control::{Control, ENDED, Ended, Kernel, serve};
pub use event_report::{BindingReport, CountReport, EventReport, RunReport};
pub use failure::{EventError, NotServed, UnloadError};
pub use report::{
    BusyReport, CoreReport, CoreState, DomainReport, DomainState, FallenReport, HeapRefusal, HeapReport,
    LoadReport, LogLine, MemoryReport, Quota, QuotaReport, ReplaceReport,
};
pub use spindle_domain::{DomainId, Quotas, Refused, Stage, TextError};
pub use spindle_scheduler::OfficeError;
pub use strand_report::{SchedulerReport, StrandReport};

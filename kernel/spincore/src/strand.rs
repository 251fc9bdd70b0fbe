//! Strands: the global scheduler, and what it runs.
//!
//! Each core has two levels. Its *host* is the run loop's own context, which takes out messages and runs handlers to their end. When
//! nothing has arrived it has a *strand* run, on the strand's own stack, and is as good as asleep meanwhile: a message for this
//! core sends the signal that a sleeping one gets. A strand leaves its core
//!
//! - by itself, when it blocks, yields or ends (`leave.rs`): straight to the next one, unless the host is wanted;
//! - set aside by an interrupt, when the host is wanted or its turn is over (`preempt.rs`): always to the host.
//!
//! # Where a strand can be set aside
//!
//! Where code of an extension runs, and nowhere else: a function of the kernel comes to its end first. So what the kernel keeps
//! for each core is never found half-done by another strand, and needs no more than it needs against interrupts. Nor where a
//! lock of the interface is held, or something is being given up. Who can't be set aside is looked at again, soon.
//!
//! One that was set aside may be in the middle of a raise. It stays on its core, and that core is not quiet, until it has gone on to where it
//! leaves by itself: those are all at its own level, where it reads nothing (`spindle_strand::Me`).
//!
//! # What is whose
//!
//! A record's state word ([`Parking`](spindle_sync::Parking)) says who may do what with it. Who makes it ready puts it into a queue; who takes it out of
//! one has it run. All else in a record is its own while it runs, or its starter's before.

mod accounts;
mod begin;
mod fall;
mod governed;
mod host;
mod keeper;
mod kept;
mod leave;
mod offices;
mod preempt;
mod record;
mod reports;
mod rules;
mod service;
mod sleepers;
mod station;
mod table;
mod wake;

pub(crate) use accounts::{forget, open, usage};
pub(crate) use begin::caller;
pub(crate) use host::{may_sleep, run_one};
pub(crate) use keeper::{Keeper, set_keeper};
pub(crate) use leave::{end_running, is_told_to};
pub(crate) use offices::{appoint, reports as schedulers};
pub(crate) use preempt::look;
pub(crate) use reports::reports;
pub(crate) use service::serve;
pub(crate) use table::withdraw;

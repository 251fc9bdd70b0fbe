//! Policies: who runs next on one core, decided by data structures alone.
//!
//! [`Fair`] shares a core in proportion to weights and takes each member's slice for its deadline. [`Edf`] runs whose
//! deadline is earliest, and admits no more than the core can serve. Each is a private part of the extension that
//! schedules by it.
//!
//! *Invariants.* Pure: no global, no clock, no pointer. Times are nanoseconds (`u64`) that are passed in. No method
//! panics whatever it is given, and each takes time in proportion to the logarithm of the number of members. Only
//! joining and leaving allocate and free: what is called at each switch does neither.
//!
//! A member is named by any type that is `Copy + Ord`. That it is a thread, which core it runs on, and when a timer
//! has to end its turn are not known here: one policy is one core's, and whoever holds it keeps others out meanwhile.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod edf;
mod fair;
mod tree;
mod virtual_time;

pub use edf::{Edf, EdfError};
pub use fair::{Fair, FairError, LONGEST_SLICE_NS, MOST_WEIGHT};

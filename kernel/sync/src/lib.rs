//! Lock-free and locked building blocks of the kernel: what cores share, and the argument why they may.
//!
//! | module | what it is | ordering rests on |
//! | --- | --- | --- |
//! | [`Snapshot`] | a table that every core reads with one load | release of the publisher, acquire of the reader |
//! | [`Front`], [`Back`] | the same, in two: the side that is read owns nothing | as above |
//! | [`grace`] | when has every core passed a quiet point | an epoch per core, and two fences around sleep |
//! | [`Inbox`] | many producers, one consumer, knows when that one sleeps | one word, compare-and-swap and swap |
//! | [`Pool`] | the slots that envelopes live in, one ring per core | owner only; the end of a message frees its slot |
//! | [`Delivery`] | is a message over, and who waits for that | one word a slot: the end releases it, whoever asks acquires |
//! | [`Surplus`] | messages for whoever has nothing else to do | two fences, around marks of sleep |
//! | [`Lock`], [`Once`] | for what is not hot | `spin`'s own, with `yield` in the wait |
//! | [`Mutex`] | a lock for extensions, which outlives its holder | release of who opens it or is crossed out, acquire of the next |
//! | [`ring()`] | values that many put in and one takes out, for extensions | a turn for each place: an exchange, and release behind the value |
//! | [`Slot`] | a value or none, for whoever comes | an exchange that claims it, and release behind that |
//! | [`Revocable`] | a value that can be taken back from all who use it | none but those of `grace` |
//! | [`Switch`] | several snapshots change in one step | release of the throw, acquire of each look |
//! | [`Thunk`] | state and code side by side | none: it is counted as `Arc` is |
//! | [`boundary`] | a call that can be given up | none: a core and its own interrupts |
//! | [`Parcel`] | a closure that travels without an allocation | none: it is moved |
//! | [`HandOver`], [`Packed`] | a value that goes from one build's code to another's | none: it is moved |
//! | [`Whole`] | a value that is there only if it was written to its end | none: a core and what it gives up |
//! | [`kept()`] | a value on the kernel's heap, whoever puts it there | none |
//! | [`Authority`] | proof of being the kernel | none: it is a type |
//!
//! # Invariants
//!
//! - This crate knows nothing of events, extensions, interrupts or devices; it depends on nothing of ours.
//! - Everything that loom models is the source that ships; only `primitive` knows which atomics it runs on.
//! - The safe surface is sound for any safe caller. What it cannot check (that a thread of execution is one
//!   of the registered cores) is promised once, by the caller of the unsafe [`Grace::register`]; on the host
//!   it is checked.
//!
//! # Source
//!
//! Treiber, *Systems Programming: Coping with Parallelism*, IBM RJ 5118, 1986 (the stack under the
//! inbox). Hart, McKenney, Demke Brown and Walpole, *Performance of memory reclamation for lockless
//! synchronization*, JPDC 67, 2007 (quiescent-state-based reclamation).
#![no_std]
#![expect(
    unsafe_code,
    reason = "shared mutable memory is this crate's subject; docs/UNSAFE.md lists each block"
)]

extern crate alloc;
#[cfg(not(target_os = "none"))]
extern crate std;

#[cfg(all(target_os = "none", not(target_arch = "aarch64")))]
compile_error!("the kernel's side of spindle-sync is written for AArch64");

mod atomic_ref;
mod authority;
pub mod boundary;
mod delivery;
mod envelope;
mod errand;
pub mod foreign;
mod front;
pub mod grace;
mod hand_over;
mod inbox;
mod kept;
mod lock;
mod mutex;
pub mod once;
mod packed;
mod parcel;
mod parking;
mod pool;
mod primitive;
mod reading;
mod ready;
mod revocable;
mod ring;
mod slot;
mod snapshot;
mod surplus;
mod switch;
pub mod this_core;
mod thunk;
mod whole;

pub use atomic_ref::AtomicRef;
pub use authority::Authority;
pub use delivery::Delivery;
pub use envelope::{Envelope, Vacancy};
pub use errand::Errand;
pub use foreign::Foreign;
pub use front::{Back, Front};
#[cfg(not(loom))]
pub use grace::GRACE;
pub use grace::Grace;
pub use hand_over::{HandOver, Shape};
pub use inbox::{Consumer, Inbox, Wake};
pub use kept::kept;
pub use lock::{Lock, Locked};
#[cfg(not(loom))]
pub use mutex::HOLDERS;
pub use mutex::{Holders, LockError, Mutex};
pub use once::Once;
pub use packed::Packed;
pub use parcel::Parcel;
pub use parking::{Activity, HIGHEST_NUMBER, Opportunity, Parking, Unmarked};
pub use pool::{Pool, Slots};
pub use ready::{End, PRIORITIES, Queued, Ready};
pub use revocable::{AnyRevocable, Revocable, WeakRevocable};
pub use ring::{RingIn, RingOut, ring};
pub use slot::Slot;
pub use snapshot::Snapshot;
pub use surplus::Surplus;
pub use switch::Switch;
pub use thunk::{Call, Thunk};
pub use whole::Whole;

/// How many cores the kernel can run on at most.
#[cfg(not(loom))]
pub const MAX_CORES: usize = 32;

/// How many cores a model has at most; fewer than the kernel has, since loom keeps the history of every
/// atomic.
#[cfg(loom)]
pub const MAX_CORES: usize = 4;

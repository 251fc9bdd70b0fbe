//! Tasks interface: Rust's futures, run by strands.
//!
//! An extension that wants tasks has a [`Tasks`] of its own, a `static`. What it [spawns](Tasks::spawn) is polled by that set's
//! executor of a core; there is one for each core that is used. A task that waits costs no stack. [`block_on`] has a strand
//! wait for a future instead.
//!
//! ```text
//!   keeper (a strand): begins the worker, waits for its end, tells whose future has failed, begins the next
//!   worker (a strand): polls what is ready; blocks when nothing is
//!   waker            : sets a bit, and unblocks the worker if that sleeps
//! ```
//!
//! Both strands are begun by code of the extension that has the [`Tasks`]: they are its own, and end with it, and what was spawned
//! goes with them. That is why there is no set for all: futures of an extension that has been unloaded would lie in it.
//!
//! Invariants: a task is polled by one strand at a time. One that was woken is polled later, once for several wake-ups. One that
//! panics takes nobody along: its handle says so, and the others go on. What outlives an extension (wakers that others keep) has
//! no code of that extension in it. Ends of channels close when they are dropped; one whose strand was given up without its
//! destructors, by a fault, never closes.
//!
//! This crate does not know what the tasks do, and no priorities: those of a core take turns.
//!
//! Source: the traits are those of `core::future` and `core::task`. A bit for each task, taken a word at a time, is like the
//! run queue of the crate `maitake`, and of `futures-util`'s `FuturesUnordered` in that a woken task is there once.
#![no_std]

extern crate alloc;

mod bell;
mod block_on;
mod channel;
mod executor;
mod failure;
mod handle;
mod join;
mod keeper;
mod oneshot;
mod place;
mod select;
mod signals;
mod sleep;
mod table;
mod task;
mod tasks;
mod timekeeper;
mod waiters;
mod worker;
mod yielding;

pub use block_on::block_on;
pub use channel::{Receiver, Receiving, RecvError, SendError, Sender, Sending, channel};
pub use executor::SLOTS;
pub use failure::TaskError;
pub use handle::TaskHandle;
pub use join::join;
pub use oneshot::{Oneshot, OneshotSender, SenderGone, oneshot};
pub use select::{Either, select};
pub use sleep::{Sleep, TimedOut, sleep, sleep_until, timeout};
pub use tasks::Tasks;
pub use yielding::{Yield, yield_now};

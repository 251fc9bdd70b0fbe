//! Threads interface: threads with a result, and what they wait for each other with.
//!
//! A thread is a strand of the kernel's that was begun with [`spawn`]: what its closure gives is there for whoever
//! [joins](JoinHandle::join) it. Whatever may wait is called with the strand's own [`Me`](spindle_strand::Me); what does not wait
//! ([`Semaphore::release`], [`Condvar::notify_one`], [`Thread::unpark`]) is called from anywhere outside of an interrupt. All but joining works for strands that
//! were begun otherwise, too.
//!
//! Invariants: nobody waits for a strand that is gone. Who stands in a list and has ended is passed over. Who held a lock
//! and was ended without its destructors, while its turn or its value was out, leaves it poisoned, or open if the value is whole. A value that is lent is
//! moved out of its lock and back, so two never have it, whatever destructors are left out. No code of a user's runs while a list is looked at.
//!
//! This crate does not know stacks, cores' queues or time slices: these are the kernel's strands.
//!
//! Source: Birrell, *An Introduction to Programming with Threads*, SRC report 35, 1989; names and behaviour after Rust's
//! `std::thread` and `std::sync`.
#![no_std]

extern crate alloc;

mod barrier;
mod channel;
mod condvar;
mod join;
mod local;
mod lock_error;
mod mutex;
mod notes;
mod packet;
mod pause;
mod poison;
mod rwlock;
mod semaphore;
mod spawn;
mod tally;
mod thread;
mod waiters;
mod waiting;

pub use barrier::Barrier;
pub use channel::{Receiver, RecvError, SendError, Sender, channel};
pub use condvar::Condvar;
pub use join::{JoinError, JoinHandle};
pub use local::{Local, LocalError};
pub use lock_error::LockError;
pub use mutex::{Locked, Mutex};
pub use pause::{park, park_interruptibly, park_timeout, sleep, sleep_interruptibly, sleep_until, yield_now};
pub use rwlock::{Reading, RwLock, Writing};
pub use semaphore::Semaphore;
pub use spawn::{Builder, spawn};
pub use tally::{Tally, tally};
pub use thread::Thread;
pub use waiting::WaitError;

//! Events: typed names that can be raised, and the handlers bound to them.
//!
//! An [`Event`] is a `static`. [`Event::raise`] runs its handlers here and now, on this core; [`Event::post`] puts a
//! raise into the inbox of a core. [`Event::install`] binds a handler, [`Event::bind`] a handler behind a [`Guard`].
//! What the raiser gets back is decided by the event's type, by way of its [`Merge`].
//! In which order handlers run is up to them: [`Proposal::first`], [`Proposal::before`] and so on.
//!
//! Invariants:
//! - A raise takes no lock and allocates nothing (a merge may, and says so). An event nobody extended costs its raiser
//!   one load of a snapshot and one call through a vtable.
//! - A table of handlers is never changed: each install and uninstall publishes a new one. Installs wait for each
//!   other, never for a raise; a raise waits for nobody.
//! - Everything that outlives a call (tables, the registry's view of an event) is made by code of the crate that
//!   declares the event, so that it does not vanish with some other domain that merely installed a handler.
//! - An event is a variable of whoever declares it, and has only what a raise reads. What the kernel relies on lies with
//!   the kernel, and is found by the event's address.
//! - A binding belongs to the code that its handler is compiled into. That address is the only identity trusted here,
//!   since it can not be passed as an argument.
//!
//! This crate does not know domains, names, devices or how a core is woken; the kernel hands in what it needs, and
//! shows an [`Authority`](spindle_sync::Authority) to do so.
//!
//! Sources: the model of events, guards and bindings is that of SPIN (Bershad et al., SOSP 1995; Pardyak and Bershad,
//! OSDI 1996).
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod admission;
mod ask;
mod binding;
mod book;
mod bound;
mod budget;
pub mod caught;
pub mod cores;
mod counts;
mod declared;
mod departure;
mod desk;
mod dispatch;
mod event;
mod exclusive;
mod filtered;
mod full;
mod gone;
mod guard;
mod index;
mod install_error;
mod key;
mod keyed;
mod limits;
mod lookup;
pub mod mailbox;
mod maker;
mod merge;
mod merged;
mod order;
pub mod own_slots;
mod owned;
mod owner;
mod pattern;
mod placement;
mod post;
mod posted;
mod proposal;
pub mod quota;
mod record;
pub mod registry;
mod roll;
mod row;
mod rows;
pub mod share;
mod side;
mod slots;
mod stretch;
mod swap;
mod trace;
pub mod trouble;
mod turns;
mod typed;
pub mod understudy;
mod waiting;
mod walk;
pub mod watch;

pub use ask::{Ask, Conditions, Verdict};
pub use binding::{Binding, BindingId, Scoped, State};
pub use budget::Budget;
pub use cores::CoreId;
pub use counts::Counted;
pub use departure::Departure;
pub use event::Event;
pub use exclusive::Exclusive;
pub use full::WhenFull;
pub use guard::{Always, Guard};
pub use install_error::InstallError;
pub use key::Key;
pub use limits::Limits;
pub use merge::{All, Any, Claim, Collect, Each, FirstClaimed, Flow, Last, Max, Merge, Min, NotHandled, Sum};
pub use order::Rank;
pub use owned::{Imposition, Owned};
pub use owner::{NotOwner, Owner};
pub use pattern::{Pattern, PatternError};
pub use placement::Placement;
pub use post::PostError;
pub use posted::{Posted, WaitError};
pub use proposal::Proposal;
pub use spindle_sync::LockError;
pub use spindle_sync::boundary::End;
pub use spindle_sync::grace::Entangled;
pub use swap::{SwapError, swap};
pub use trace::Run;
pub use trouble::Trouble;

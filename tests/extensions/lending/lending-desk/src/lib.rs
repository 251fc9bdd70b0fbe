//! An event by which one domain lends another a capability.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;

use spindle_capability::AnyCapability;
use spindle_event::{Event, Last, Owner};

/// Owns what is declared here.
static LENDERS: Owner = Owner::new();

/// Asks for a capability. Of what, is for the lender to say: an [`Errand`], mostly.
pub static LEND: Event<(), AnyCapability, Last> = Event::new("lend", &LENDERS).open_to_all();

/// Code of the lender's: what it makes of a number.
pub type Errand = Box<dyn Fn(u64) -> u64 + Send + Sync>;

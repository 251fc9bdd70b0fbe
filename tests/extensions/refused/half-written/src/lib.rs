//! half-written: has handlers write into what would be half-written if one of them were ended.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::cell::RefCell;

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "half-written", init: init }

static OWNER: Owner = Owner::new();

static GATHER: Event<RefCell<Vec<u64>>> = Event::new("gather", &OWNER);

fn init(_me: &Identity) -> InitResult {
    let found = RefCell::new(Vec::new());
    GATHER.raise(&found);
    assert!(found.into_inner().is_empty());
    Ok(())
}

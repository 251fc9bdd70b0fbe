//! borrower: a guest of `churn` that is linked to what `lender` publishes: it calls it, and handles its event.
#![no_std]

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use lender_interface::LENT;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Last, Owner};

extension! { name: "borrower", init: init }

/// Owns the event of this extension.
static PURSE: Owner = Owner::new();

/// Raised to borrow an amount; gives how often others were seen to borrow.
static BORROWER: Event<u64, u64, Last> = Event::new("borrower", &PURSE);

fn init(me: &Identity) -> InitResult {
    // Only counted, so `Relaxed` is enough.
    let loans = Arc::new(AtomicU64::new(0));
    let seen = loans.clone();
    let _: Binding = LENT.install(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    })?;
    let _: Binding = BORROWER.owned(&PURSE)?.install(move |amount| {
        lender_interface::lend(*amount);
        loans.load(Ordering::Relaxed)
    })?;
    me.open("borrower", &BORROWER)?;
    Ok(())
}

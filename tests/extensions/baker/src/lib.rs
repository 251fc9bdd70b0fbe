//! baker: a guest of `churn` that is linked to what `miller` publishes: it calls it, and handles its event.
#![no_std]

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use miller_interface::GROUND;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Last, Owner};

extension! { name: "baker", init: init }

/// Owns the event of this extension.
static OVEN: Owner = Owner::new();

/// Raised to bake an amount; gives how often something was ground.
static BAKER: Event<u64, u64, Last> = Event::new("baker", &OVEN);

fn init(me: &Identity) -> InitResult {
    // Only counted, so `Relaxed` is enough.
    let grists = Arc::new(AtomicU64::new(0));
    let seen = grists.clone();
    let _: Binding = GROUND.install(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    })?;
    let _: Binding = BAKER.owned(&OVEN)?.install(move |amount| {
        miller_interface::grind(*amount);
        grists.load(Ordering::Relaxed)
    })?;
    me.open("baker", &BAKER)?;
    Ok(())
}

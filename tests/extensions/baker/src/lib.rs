//! baker: a guest of `churn` that is linked to what `miller` publishes: it calls it, handles its event, and imports its names.
#![no_std]

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use miller_interface::GROUND;
use spindle_capability::References;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Last, Owner};
use spindle_nameserver::{import, import_domain};

extension! { name: "baker", init: init }

/// Owns the event of this extension.
static OVEN: Owner = Owner::new();

/// Raised to bake an amount; gives how often something was ground.
static BAKER: Event<u64, u64, Last> = Event::new("baker", &OVEN);

/// How many references its table has room for.
const PLACES: usize = 12;

fn init(me: &Identity) -> InitResult {
    // Only counted, so `Relaxed` is enough.
    let grists = Arc::new(AtomicU64::new(0));
    let seen = grists.clone();
    let _: Binding = GROUND.install(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
    })?;
    // An authorizer that is stopped by the host for too long has said no: then it does without.
    let sack = import::<AtomicU64>(me, "/svc/objects/miller/sack").ok();
    let is_open = import_domain(me, "/svc/domains/miller").is_ok();
    let references = References::new(PLACES)?;
    if let Some(sack) = &sack {
        references.externalize(sack.clone())?;
    }
    let _: Binding = BAKER.owned(&OVEN)?.install(move |amount| {
        if let Some(sack) = &sack {
            // Revoked with the miller, it is of no use any more.
            let _ = sack.with(|sack| sack.fetch_sub(1, Ordering::Relaxed));
        }
        miller_interface::grind(*amount);
        grists.load(Ordering::Relaxed) + references.len() as u64 + u64::from(is_open)
    })?;
    me.open("baker", &BAKER)?;
    Ok(())
}

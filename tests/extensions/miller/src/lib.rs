//! miller: a guest of `churn` that publishes an interface, issues capabilities and exports names, and has a plain handler with
//! state on the heap, and a default handler.
#![no_std]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use core::sync::atomic::{AtomicU64, Ordering};
use spindle_capability::{Issued, Issuer};
use spindle_domain::{Domain, Identity, InitResult, Rights, extension};
use spindle_event::{Binding, Event, Last, Owner};
use spindle_nameserver::{Authorizer, asking, export, export_domain, export_event, make_directory, only};

extension! { name: "miller", init: init }

/// Owns the event of this extension.
static MILL: Owner = Owner::new();

/// Raised to grind an amount; gives all that has been ground.
static MILLER: Event<u64, u64, Last> = Event::new("miller", &MILL);

/// Gives out its capabilities.
static KEYS: Issuer = Issuer::new();

/// How many lines its register has.
const LINES: usize = 24;

fn init(me: &Identity) -> InitResult {
    let register: Vec<String> = (0..LINES).map(|line| format!("{} grinds, line {line}", me.name())).collect();
    // Only counted, so `Relaxed` is enough.
    let sack: Issued<AtomicU64> = KEYS.issue(AtomicU64::new(0));
    name(me, &sack)?;
    let miller = MILLER.owned(&MILL)?;
    let _: Binding = miller.install_default(|amount| *amount)?;
    let _: Binding = miller.install(move |amount| {
        let line = register.get(*amount as usize % LINES).map_or(0, String::len);
        let _ = sack.capability().with(|sack| sack.fetch_add(1, Ordering::Relaxed));
        miller_interface::grind(*amount).wrapping_add(line as u64)
    })?;
    me.open("miller", &MILLER)?;
    Ok(())
}

/// Exports a name of each kind.
fn name(me: &Identity, sack: &Issued<AtomicU64>) -> InitResult {
    let event = KEYS.issue_static(&MILLER);
    export_domain(me, "/svc/domains/miller", Domain::own(me).duplicate(Rights::IMPORT), bakers())?;
    export_event(me, "/svc/events/miller", event.capability(), only(&["baker"]))?;
    make_directory(me, "/svc/objects/miller", bakers())?;
    export(me, "/svc/objects/miller/sack", sack.capability(), bakers())?;
    Ok(())
}

fn bakers() -> Authorizer {
    let name = String::from("baker");
    asking(move |request| request.name() == name)
}

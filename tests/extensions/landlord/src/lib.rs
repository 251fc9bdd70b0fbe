//! landlord: names a domain, an object and an event for whom its authorizer admits, and counts how often that was asked.
//!
//! `raise landlord asked` tells; `raise landlord revoke` takes the object back.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_capability::{Issued, Issuer};
use spindle_console::Console;
use spindle_domain::{Domain, Identity, InitResult, Rights, extension};
use spindle_event::{Event, Owner, Sum, cores};
use spindle_nameserver::{
    Authorizer, Request, anyone, asking, export, export_domain, export_event, list, make_directory,
};

extension! { name: "landlord", init: init }

/// Owns the events of this extension.
static OWNER: Owner = Owner::new();
/// Gives out its capabilities.
static KEYS: Issuer = Issuer::new();

static ERRAND: Event<Errand> = Event::new("landlord", &OWNER);
/// What the tenant may raise: rings so often, and twice.
static BELL: Event<u32, u32, Sum> = Event::new("landlord-bell", &OWNER);

/// Ends this domain.
static LEAVE: Event<()> = Event::new("landlord-leave", &OWNER);

/// How often an authorizer of this extension was asked.
static ASKED: AtomicU32 = AtomicU32::new(0);

enum Errand {
    Asked,
    Revoke,
}

struct NoErrand;

impl fmt::Display for NoErrand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the errands are: asked revoke")
    }
}

impl FromStr for Errand {
    type Err = NoErrand;

    fn from_str(text: &str) -> Result<Self, NoErrand> {
        match text {
            "asked" => Ok(Self::Asked),
            "revoke" => Ok(Self::Revoke),
            _ => Err(NoErrand),
        }
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let flat: Issued<AtomicU32> = KEYS.issue(AtomicU32::new(0));
    let bell = KEYS.issue_static(&BELL);
    let _ = BELL.owned(&OWNER)?.install(|times| 2 * times)?;

    export_domain(me, "/svc/domains/landlord", Domain::own(me).duplicate(Rights::IMPORT), tenants())?;
    export_event(me, "/svc/events/landlord", bell.capability(), tenants())?;
    make_directory(me, "/svc/objects/landlord", tenants())?;
    export(me, "/svc/objects/landlord/flat", flat.capability(), tenants())?;
    export(me, "/svc/objects/landlord/hall", flat.capability(), anyone())?;
    export(me, "/svc/objects/landlord/panics", flat.capability(), asking(panics))?;
    export(me, "/svc/objects/landlord/loops", flat.capability(), asking(|_| never()))?;
    export(me, "/svc/objects/landlord/moves", flat.capability(), asking(|_| is_overtaken()))?;
    let own = Domain::own(me);
    let leaves = asking(move |_| own.destroy().is_ok());
    export(me, "/svc/objects/landlord/leaves", flat.capability(), leaves)?;
    let _ = LEAVE.owned(&OWNER)?.install(move |()| {
        // One that ends already is ending.
        let _ = own.destroy();
    })?;

    let _ = ERRAND.owned(&OWNER)?.install(move |errand| {
        let text = match errand {
            Errand::Asked => alloc::format!("asked {} times", ASKED.load(Ordering::Relaxed)),
            Errand::Revoke => String::from(if flat.revoke() { "revoked" } else { "was revoked" }),
        };
        let _ = writeln!(console, "landlord: {text}");
    })?;
    me.open("landlord", &ERRAND)?;
    Ok(())
}

/// Admits the tenant, by who he is.
fn tenants() -> Authorizer {
    asking(|request| {
        ASKED.fetch_add(1, Ordering::Relaxed);
        request.name() == "tenant"
    })
}

fn panics(request: &Request<'_>) -> bool {
    assert!(request.name().is_empty(), "{} at the door", request.name());
    true
}

/// Has another core begin the end of this domain, and decides when that has come as far as the names.
fn is_overtaken() -> bool {
    let other = cores::online().find(|core| *core != cores::current());
    let is_begun = other.is_some_and(|core| LEAVE.post(core, ()).is_ok());
    while is_begun && list("/svc/objects/landlord").is_ok() {
        core::hint::spin_loop();
    }
    is_begun
}

fn never() -> bool {
    loop {
        core::hint::spin_loop();
    }
}

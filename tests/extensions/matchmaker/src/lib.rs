//! matchmaker: does with domains what it is told, one step at a time: `raise match STEP NAMES` prints what came of it.
#![no_std]

extern crate alloc;

mod deed;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use deed::Deed;
use spindle_console::Console;
use spindle_domain::{Domain, DomainError, Identity, InitResult, Source, extension};
use spindle_event::{Event, Exclusive, Owner};

extension! { name: "matchmaker", init: init }

/// Owns the event of this extension.
static OWNER: Owner = Owner::new();

/// Does a deed.
static MATCH: Event<Deed> = Event::new("match", &OWNER);

fn init(me: &Identity) -> InitResult {
    let (me, console) = (me.clone(), Console::open()?);
    let opener = me.clone();
    // The domains that it holds, by the names it was told. The handler's own, so that they go with it.
    let held = Exclusive::new(Vec::new());
    MATCH.owned(&OWNER)?.install(move |deed| {
        let said = held.with(|held| run(&me, held, deed));
        let said = match said {
            Ok(Ok(said)) => said,
            Ok(Err(error)) => format!("no: {error}"),
            Err(busy) => busy.to_string(),
        };
        // Without the line the test that waits for it fails.
        let _ = writeln!(console, "match {}: {said}", deed.step);
    })?;
    opener.open("match", &MATCH)?;
    Ok(())
}

fn run(me: &Identity, held: &mut Vec<(String, Domain)>, deed: &Deed) -> Result<String, DomainError> {
    let get = |name: &str| {
        let found = held.iter().find(|(other, _)| other == name).map(|(_, domain)| *domain);
        found.ok_or_else(|| DomainError::NotAName { name: name.into() })
    };
    let (first, rest) = deed.names();
    let made = match &*deed.step {
        "create" => Domain::create(me, Source::Archive(first))?,
        "garble" => Domain::create(me, Source::Bytes(first, b"these are not the bytes of an object"))?,
        "empty" => Domain::create_empty(me, first)?,
        "interface" => Domain::of_interface(me, first)?,
        "own" => Domain::own(me),
        "combine" => {
            let parts: Result<Vec<Domain>, DomainError> = rest.iter().map(|part| get(part)).collect();
            Domain::combine(me, first, &parts?)?
        }
        "weaken" => get(first)?.duplicate(deed.rights()),
        step => return done(step, get(first)?, rest.first().map(|name| get(name)).transpose()?),
    };
    held.retain(|(name, _)| name != first);
    held.push((first.into(), made));
    Ok(format!("{first} with the right to {}", made.rights()))
}

/// What needs a domain, and for some another.
fn done(step: &str, target: Domain, other: Option<Domain>) -> Result<String, DomainError> {
    let own = target;
    let other = other.unwrap_or(own);
    match step {
        "add" => target.add(&other).map(|()| "added".into()),
        "resolve" => {
            target.resolve(&other).map(|count| format!("{} names", if count > 0 { "some" } else { "no" }))
        }
        "unresolve" => {
            target.unresolve(&other).map(|count| format!("{} names", if count > 0 { "some" } else { "no" }))
        }
        "open" => target.unresolved().map(|open| format!("{} open: {}", open.len(), open.join(", "))),
        "resolved" => target.is_fully_resolved().map(|is_so| is_so.to_string()),
        "initialise" => target.initialise().map(|()| "runs".into()),
        "destroy" => target.destroy().map(|()| "ends".into()),
        "name" => target.name(),
        unknown => Err(DomainError::NotAName { name: unknown.into() }),
    }
}

//! tenant: imports by name what it is told to, and says what came of it.
//!
//! `raise tenant domain PATH`, `object PATH` (which it keeps), `use` and `forget` (what it keeps), `wrong PATH` (as another type), `event PATH`,
//! `add PATH` (its own domain, for nobody), `detach PATH`, `many PATH` (as many names below it as it may have).
#![no_std]

extern crate alloc;

use alloc::string::{String, ToString};
use core::convert::Infallible;
use core::error::Error;
use core::str::FromStr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use alloc::boxed::Box;
use spindle_capability::Capability;
use spindle_console::Console;
use spindle_domain::{Domain, Identity, InitResult, Rights, extension};
use spindle_event::{Event, Exclusive, Owner, Sum};
use spindle_nameserver::{detach, export_domain, import, import_domain, nobody};

extension! { name: "tenant", init: init }

/// Owns the events of this extension.
static OWNER: Owner = Owner::new();

static ERRAND: Event<Errand> = Event::new("tenant", &OWNER);

/// What it has imported and keeps.
static KEPT: Exclusive<Option<Capability<AtomicU32>>> = Exclusive::new(None);

/// Two words.
struct Errand {
    what: String,
    path: String,
}

impl FromStr for Errand {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (what, path) = text.split_once(' ').unwrap_or((text, ""));
        Ok(Self { what: what.into(), path: path.into() })
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let own = me.clone();
    let _ = ERRAND.owned(&OWNER)?.install(move |errand| {
        let text = run(&own, &errand.what, &errand.path).unwrap_or_else(|error| error.to_string());
        let _ = writeln!(console, "tenant: {} {}: {text}", errand.what, errand.path);
    })?;
    me.open("tenant", &ERRAND)?;
    Ok(())
}

fn run(me: &Identity, what: &str, path: &str) -> Result<String, Box<dyn Error>> {
    Ok(match what {
        "domain" => {
            let domain = import_domain(me, path)?;
            alloc::format!("{} with the right to {}", domain.name()?, domain.rights())
        }
        "object" => {
            let object = import::<AtomicU32>(me, path)?;
            let text = used(&object)?;
            KEPT.with(|kept| *kept = Some(object))?;
            text
        }
        "use" => match KEPT.with(|kept| kept.clone())? {
            Some(object) => used(&object)?,
            None => "nothing is kept".into(),
        },
        "forget" => KEPT.with(|kept| kept.take()).map(|_| String::new())?,
        "wrong" => import::<AtomicU64>(me, path)?.with(|_| String::new())?,
        "event" => {
            let bell = import::<Event<u32, u32, Sum>>(me, path)?;
            alloc::format!("rang {} times", bell.with(|bell| bell.raise(&21))?)
        }
        "add" => {
            let domain = Domain::own(me).duplicate(Rights::NONE);
            export_domain(me, path, domain, nobody()).map(|()| "added".into())?
        }
        "detach" => detach(me, path).map(|()| "taken off".into())?,
        "many" => many(me, path),
        _ => "not tried".into(),
    })
}

fn used(object: &Capability<AtomicU32>) -> Result<String, Box<dyn Error>> {
    let before = object.with(|object| object.fetch_add(1, Ordering::Relaxed))?;
    Ok(alloc::format!("used {before} times before"))
}

fn many(me: &Identity, path: &str) -> String {
    let add = |number: u32| {
        let path = alloc::format!("{path}/{number}");
        export_domain(me, &path, Domain::own(me), nobody())
    };
    let refused = (0..).map(add).enumerate().find_map(|(count, added)| Some((count, added.err()?)));
    refused.map_or_else(String::new, |(count, error)| alloc::format!("{count} names, then {error}"))
}

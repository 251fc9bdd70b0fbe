//! squatter: tries to have, to replace and to take off the name that it is told, and says what came of each.
//!
//! `raise squatter PATH`.
#![no_std]

extern crate alloc;

use alloc::string::{String, ToString};
use core::convert::Infallible;
use core::fmt::Display;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Domain, Identity, InitResult, extension};
use spindle_event::{Event, Owner};
use spindle_nameserver::{anyone, detach, export_domain, import_domain, make_directory};

extension! { name: "squatter", init: init }

/// Owns the events of this extension.
static OWNER: Owner = Owner::new();

static ATTEMPT: Event<Attempt> = Event::new("squatter", &OWNER);

/// On which path.
struct Attempt(String);

impl FromStr for Attempt {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let own = me.clone();
    let _ = ATTEMPT.owned(&OWNER)?.install(move |attempt| {
        let (me, path) = (&own, attempt.0.as_str());
        for (what, outcome) in [
            ("import", said(import_domain(me, path))),
            ("export", said(export_domain(me, path, Domain::own(me), anyone()))),
            ("directory", said(make_directory(me, path, anyone()))),
            ("detach", said(detach(me, path))),
        ] {
            let _ = writeln!(console, "squatter: {what}: {outcome}");
        }
    })?;
    me.open("squatter", &ATTEMPT)?;
    Ok(())
}

fn said<T>(outcome: Result<T, impl Display>) -> String {
    outcome.map_or_else(|error| error.to_string(), |_| "done".into())
}

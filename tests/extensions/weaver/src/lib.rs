//! weaver: strands that show what strands do. `raise weave PATTERN` begins a strand that runs the pattern and says what it has found, a
//! line for each claim, with `(true)` behind it if it holds, and then `weaver: PATTERN: over`.
#![no_std]

extern crate alloc;

mod failing;
mod packaging;
mod sharing;
mod waking;

use alloc::string::String;
use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};
use spindle_strand::{Me, Strand};

extension! { name: "weaver", init: init }

static OWNER: Owner = Owner::new();

/// Raised to run a pattern.
static WEAVE: Event<Pattern> = Event::new("weave", &OWNER);

/// What is run.
struct Pattern(String);

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().into()))
    }
}

/// Where claims are said.
#[derive(Clone)]
struct Claims {
    console: Console,
    pattern: &'static str,
}

impl Claims {
    /// Says whether it holds.
    fn claim(&self, what: impl fmt::Display, holds: bool) {
        let _ = writeln!(self.console, "weaver: {}: {what} ({holds})", self.pattern);
    }
}

type Run = fn(&mut Me, &Claims);

const PATTERNS: [(&str, Run); 18] = [
    ("ends", waking::ends),
    ("ping", waking::ping),
    ("permit", waking::permit),
    ("halt", waking::halt),
    ("sleep", waking::sleep),
    ("turns", sharing::turns),
    ("computes", sharing::computes),
    ("urgent", sharing::urgent),
    ("spread", sharing::spread),
    ("reads", waking::reads),
    ("package", packaging::package),
    ("ruled", packaging::ruled),
    ("panics", failing::panics),
    ("nested", failing::nested),
    ("overflows", failing::overflows),
    ("told", failing::told),
    ("bombs", failing::bombs),
    ("stays", failing::stays),
];

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = WEAVE.owned(&OWNER)?.install(move |pattern: &Pattern| begin(&console, &pattern.0))?;
    me.open("weave", &WEAVE)?;
    Ok(())
}

fn begin(console: &Console, wanted: &str) {
    let Some((pattern, run)) = PATTERNS.into_iter().find(|(name, _)| *name == wanted) else {
        let _ = writeln!(console, "weaver: no pattern is called `{wanted}`");
        return;
    };
    let claims = Claims { console: console.clone(), pattern };
    let started = Strand::build().name(pattern).start(move |me| {
        run(me, &claims);
        let _ = writeln!(claims.console, "weaver: {pattern}: over");
    });
    if let Err(error) = started {
        let _ = writeln!(console, "weaver: {pattern}: {error}");
    }
}

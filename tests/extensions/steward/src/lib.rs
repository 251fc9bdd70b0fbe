//! steward: strands that ask `fair` for shares, and `edf` for deadlines. `raise steward PATTERN` begins one, which says what it has found, a
//! line for each claim, with `(true)` behind it if it holds, and then `steward: PATTERN: over`. The office is given at the shell.
#![no_std]

extern crate alloc;

mod deadlines;
mod shares;

use alloc::string::String;
use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, CoreId, Event, Owner, cores};
use spindle_strand::{Me, Strand};

extension! { name: "steward", init: init }

static OWNER: Owner = Owner::new();

/// Raised to run a pattern.
static STEWARD: Event<Pattern> = Event::new("steward", &OWNER);

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
        let _ = writeln!(self.console, "steward: {}: {what} ({holds})", self.pattern);
    }
}

type Run = fn(&mut Me, &Claims);

const PATTERNS: [(&str, Run); 5] = [
    ("shares", shares::shares),
    ("sleeper", shares::sleeper),
    ("refused", deadlines::refused),
    ("deadlines", deadlines::deadlines),
    ("greedy", deadlines::greedy),
];

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = STEWARD.owned(&OWNER)?.install(move |pattern: &Pattern| begin(&console, &pattern.0))?;
    me.open("steward", &STEWARD)?;
    Ok(())
}

/// The core that all is done on: the last one.
fn core() -> CoreId {
    cores::online().last().unwrap_or(CoreId::FIRST)
}

fn begin(console: &Console, wanted: &str) {
    let Some((pattern, run)) = PATTERNS.into_iter().find(|(name, _)| *name == wanted) else {
        let _ = writeln!(console, "steward: no pattern is called `{wanted}`");
        return;
    };
    let claims = Claims { console: console.clone(), pattern };
    let started = Strand::build().name(pattern).start(move |me| {
        run(me, &claims);
        let _ = writeln!(claims.console, "steward: {pattern}: over");
    });
    if let Err(error) = started {
        let _ = writeln!(console, "steward: {pattern}: {error}");
    }
}

/// Has this core do something until then.
fn compute_until(until_ns: u64) {
    while spindle_clock::now_ns() < until_ns {
        cores::relax();
    }
}

//! weft: threads that show what the package of threads does. `raise weft PATTERN` begins a strand that runs the pattern and says what it has
//! found, a line for each claim, with `(true)` behind it if it holds, and then `weft: PATTERN: over`.
#![no_std]

extern crate alloc;

mod inheriting;
mod joining;
mod locking;
mod owning;
mod pausing;
mod signalling;

use alloc::string::String;
use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};
use spindle_strand::{Me, Strand};

extension! { name: "weft", init: init }

static OWNER: Owner = Owner::new();

/// Raised to run a pattern.
static WEFT: Event<Pattern> = Event::new("weft", &OWNER);

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
        let _ = writeln!(self.console, "weft: {}: {what} ({holds})", self.pattern);
    }
}

/// So many milliseconds.
const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

type Run = fn(&mut Me, &Claims);

const PATTERNS: [(&str, Run); 22] = [
    ("join", joining::join),
    ("told", joining::told),
    ("cost", joining::cost),
    ("mutex", locking::mutex),
    ("poison", locking::poison),
    ("holds", locking::holds),
    ("lost", locking::lost),
    ("rwlock", locking::rwlock),
    ("rwlost", locking::rwlost),
    ("inherit", inheriting::inherit),
    ("chain", inheriting::chain),
    ("aside", inheriting::aside),
    ("condvar", signalling::condvar),
    ("semaphore", signalling::semaphore),
    ("barrier", signalling::barrier),
    ("channel", signalling::channel),
    ("gone", signalling::gone),
    ("local", owning::local),
    ("park", pausing::parks),
    ("sleep", pausing::sleeps),
    ("interrupt", pausing::interrupt),
    ("stays", pausing::stays),
];

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = WEFT.owned(&OWNER)?.install(move |pattern: &Pattern| begin(&console, &pattern.0))?;
    me.open("weft", &WEFT)?;
    Ok(())
}

fn begin(console: &Console, wanted: &str) {
    let Some((pattern, run)) = PATTERNS.into_iter().find(|(name, _)| *name == wanted) else {
        let _ = writeln!(console, "weft: no pattern is called `{wanted}`");
        return;
    };
    let claims = Claims { console: console.clone(), pattern };
    let started = Strand::build().name(pattern).start(move |me| {
        run(me, &claims);
        let _ = writeln!(claims.console, "weft: {pattern}: over");
    });
    if let Err(error) = started {
        let _ = writeln!(console, "weft: {pattern}: {error}");
    }
}

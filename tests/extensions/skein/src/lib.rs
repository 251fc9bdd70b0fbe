//! skein: tasks and coroutines that show what they do. `raise skein PATTERN` begins a strand that runs the pattern and says what it has
//! found, a line for each claim, with `(true)` behind it if it holds, and then `skein: PATTERN: over`.
#![no_std]

extern crate alloc;

mod channels;
mod cothreads;
mod failing;
mod spawning;
mod waiting;

use alloc::string::String;
use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;
use core::sync::atomic::{AtomicU32, Ordering};

use spindle_clock::now_ns;
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};
use spindle_strand::{Me, Strand};
use tasks_interface::{Tasks, TimedOut, block_on, timeout};

extension! { name: "skein", init: init }

static OWNER: Owner = Owner::new();

/// Raised to run a pattern.
static SKEIN: Event<Pattern> = Event::new("skein", &OWNER);

/// Mine: whose code begins the strands of the tasks.
struct Mine;

/// The tasks of all patterns.
static TASKS: Tasks = Tasks::of::<Mine>();

const MS: u64 = 1_000_000;

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
        let _ = writeln!(self.console, "skein: {}: {what} ({holds})", self.pattern);
    }
}

/// Counts that it was dropped.
struct Mark(Arc<AtomicU32>);

impl Drop for Mark {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// Waits for `future`, but not for ever: nothing that a pattern waits for takes as long.
fn patiently<F: Future>(me: &mut Me, future: F) -> Result<F::Output, TimedOut> {
    block_on(me, timeout(now_ns() + 10_000 * MS, future))
}

type Run = fn(&mut Me, &Claims);

const PATTERNS: [(&str, Run); 15] = [
    ("spawn", spawning::spawn),
    ("cores", spawning::cores),
    ("many", spawning::many),
    ("yield", spawning::yields),
    ("channel", channels::channel),
    ("closing", channels::closing),
    ("oneshot", channels::oneshot),
    ("select", waiting::select),
    ("timers", waiting::timers),
    ("cancel", failing::cancel),
    ("panic", failing::panic),
    ("lost", failing::lost),
    ("stays", failing::stays),
    ("ring", cothreads::ring),
    ("leave", cothreads::leave),
];

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = SKEIN.owned(&OWNER)?.install(move |pattern: &Pattern| begin(&console, &pattern.0))?;
    me.open("skein", &SKEIN)?;
    Ok(())
}

fn begin(console: &Console, wanted: &str) {
    let Some((pattern, run)) = PATTERNS.into_iter().find(|(name, _)| *name == wanted) else {
        let _ = writeln!(console, "skein: no pattern is called `{wanted}`");
        return;
    };
    let claims = Claims { console: console.clone(), pattern };
    let started = Strand::build().name(pattern).start(move |me| {
        run(me, &claims);
        let _ = writeln!(claims.console, "skein: {pattern}: over");
    });
    if let Err(error) = started {
        let _ = writeln!(console, "skein: {pattern}: {error}");
    }
}

//! petitioner: has every core send letters and chores to an office while its holder is replaced, over and over, and holds
//! the office to account.
//!
//! `raise petitions COUNT` starts it and returns. Each core does a turn of what it sends, and posts itself the next. The first
//! core replaces `clerk-1` by `clerk-2` and back, as soon as the one before is gone; one in ten times it tries one first that
//! must not get the office. When COUNT are done and all has arrived, a line says what was found; it begins with
//! `petitions N over:`, N being the number of the run.
#![no_std]

extern crate alloc;

mod load;
mod succession;

use core::fmt;
use core::num::ParseIntError;
use core::panic::Location;
use core::str::FromStr;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_console::Console;
use spindle_control::Control;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "petitioner", init: init }

/// Owns the events of this extension.
pub(crate) static PETITIONER: Owner = Owner::new();

/// What was found that may not be.
pub(crate) static WRONG: AtomicU64 = AtomicU64::new(0);
/// The line of the source that found it last, and the value it found.
pub(crate) static WRONG_AT: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// How many times the office is to change hands.
struct Count(u64);

impl FromStr for Count {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

static PETITIONS: Event<Count> = Event::new("petitions", &PETITIONER);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    load::serve(&console)?;
    succession::serve(Control::open()?, &console)?;
    let _: Binding = PETITIONS.owned(&PETITIONER)?.install(move |count| begin(count.0, &console))?;
    me.open("petitions", &PETITIONS)?;
    Ok(())
}

fn begin(count: u64, console: &Console) {
    if !load::begin() {
        return say(console, format_args!("petitions: they are being made already\n"));
    }
    succession::begin(count);
}

/// Counts as wrong what is not so.
#[track_caller]
pub(crate) fn check(is_so: bool) {
    check_that(is_so, 0);
}

/// The same, of a value that is said along with it.
#[track_caller]
pub(crate) fn check_that(is_so: bool, value: u64) {
    if !is_so {
        WRONG.fetch_add(1, Ordering::Relaxed);
        WRONG_AT[0].store(Location::caller().line().into(), Ordering::Relaxed);
        WRONG_AT[1].store(value, Ordering::Relaxed);
    }
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
pub(crate) fn say(console: &Console, what: fmt::Arguments<'_>) {
    let _ = console.write_fmt(what);
}

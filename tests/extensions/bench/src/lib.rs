//! bench: counts what the kernel's operations cost, in instructions of the real path.
//!
//! `raise bench AREA` runs the benchmarks of one area, `raise bench all` all but `strands`, and prints a row for each; those of `domains/load`,
//! `domains/unload` and the area `strands` come when it has returned. Method: warm up, count
//! a batch of operations, count the same loop around nothing, subtract; five times, the smallest counts and the difference to
//! the largest is the spread. Figures mean something under `-icount shift=0` only.
#![no_std]

extern crate alloc;

mod containment;
mod domains;
mod events;
mod figure;
mod governed;
mod latency;
mod packages;
mod strands;

use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

use figure::Figure;

extension! { name: "bench", init: init }

/// Owns the events of this extension.
pub(crate) static OWNER: Owner = Owner::new();

/// Which benchmarks to run.
struct Area(fn(&Console, &Identity));

/// No area of that name.
#[derive(Debug)]
struct UnknownArea;

impl core::fmt::Display for UnknownArea {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str("the areas are: all containment domains events strands")
    }
}

impl FromStr for Area {
    type Err = UnknownArea;

    fn from_str(text: &str) -> Result<Self, UnknownArea> {
        match text.trim() {
            "all" => Ok(Self(|console, me| {
                events::run(console);
                containment::run(console);
                domains::run(console, me);
            })),
            "containment" => Ok(Self(|console, _| containment::run(console))),
            "domains" => Ok(Self(domains::run)),
            "events" => Ok(Self(|console, _| events::run(console))),
            "strands" => Ok(Self(|console, _| strands::run(console))),
            _ => Err(UnknownArea),
        }
    }
}

static BENCH: Event<Area> = Event::new("bench", &OWNER);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    domains::serve(console.clone())?;
    let own = me.clone();
    let _: Binding = BENCH.owned(&OWNER)?.install(move |area| (area.0)(&console, &own))?;
    me.open("bench", &BENCH)?;
    Ok(())
}

/// Prints one row of instructions.
fn report(console: &Console, id: &str, operation: &str, figure: Figure, limit: Option<u64>) {
    print(console, id, operation, figure, "instructions", limit.map(|limit| limit * 100));
}

/// Prints one row of a ratio, whose limit is in hundredths.
fn report_ratio(console: &Console, id: &str, operation: &str, figure: Figure, limit: u64) {
    print(console, id, operation, figure, "times", Some(limit));
}

fn print(console: &Console, id: &str, operation: &str, figure: Figure, unit: &str, hundredths: Option<u64>) {
    let row = format_args!("BENCH {id}|{operation}|{figure}|{unit}|");
    let written = match hundredths {
        Some(limit) => console.write_fmt(format_args!("{row}{}.{:02}\n", limit / 100, limit % 100)),
        None => console.write_fmt(format_args!("{row}-\n")),
    };
    // A console that does not take the row leaves it out, and the reader of the rows misses it.
    let _ = written;
}

/// Says why there is no row.
fn complain(console: &Console, why: &str) {
    let _ = console.write_fmt(format_args!("bench: {why}\n"));
}

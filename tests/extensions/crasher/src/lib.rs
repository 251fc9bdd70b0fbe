//! crasher: fails in the way it is asked to. `raise crash panic`, `raise crash bounds`, `raise crash recursion`.
#![no_std]

use core::fmt;
use core::hint::black_box;
use core::str::FromStr;

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "crasher", init: init }

/// Owns the events of this extension.
static CRASHER: Owner = Owner::new();

/// A way to fail.
enum Crash {
    Panic,
    Bounds,
    Recursion,
}

/// No way to fail is called so.
struct Unknown;

impl fmt::Display for Unknown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the ways are panic, bounds and recursion")
    }
}

impl FromStr for Crash {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim() {
            "panic" => Ok(Self::Panic),
            "bounds" => Ok(Self::Bounds),
            "recursion" => Ok(Self::Recursion),
            _ => Err(Unknown),
        }
    }
}

static CRASH: Event<Crash> = Event::new("crash", &CRASHER);

fn init(me: &Identity) -> InitResult {
    let _: Binding = CRASH.owned(&CRASHER)?.install(|crash| match crash {
        Crash::Panic => panic!("asked to"),
        Crash::Bounds => {
            let numbers = black_box([1, 2, 3]);
            black_box(numbers[black_box(7)]);
        }
        Crash::Recursion => {
            black_box(deeper(0));
        }
    })?;
    me.open("crash", &CRASH)?;
    Ok(())
}

/// Never comes back.
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1) + frame[(depth % 16) as usize] }
}

//! Own: an event of this domain's own, whose owner wants to be told of trouble.

use core::fmt;
use core::hint::black_box;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult};
use spindle_event::{Binding, Budget, Event, Limits};

use crate::{MISBEHAVE, say};

/// How the handler is to fail.
enum Way {
    Loop,
    Panic,
}

/// The way is not one of the two.
struct NoWay;

impl fmt::Display for NoWay {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the ways are loop and panic")
    }
}

impl FromStr for Way {
    type Err = NoWay;

    fn from_str(text: &str) -> Result<Self, NoWay> {
        match text {
            "loop" => Ok(Self::Loop),
            "panic" => Ok(Self::Panic),
            _ => Err(NoWay),
        }
    }
}

/// Two strikes, and the handler is out. Its budget has room for the telling of a panic.
const LIMITS: Limits = Limits { strikes: 2, ..Limits::DEFAULT };
const BUDGET: Budget = Budget::microseconds(100_000);

static OWN: Event<Way> = Event::new("misbehave-own", &MISBEHAVE).with_limits(LIMITS);

pub(crate) fn serve(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let owned = OWN.owned(&MISBEHAVE)?;
    owned.on_trouble(move |trouble| say(&console, format_args!("misbehave: the owner is told: {trouble}\n")));
    let _: Binding = owned.bind().budget(BUDGET).install(|way| match way {
        Way::Loop => loop {
            black_box(());
        },
        Way::Panic => panic!("asked to, by its owner"),
    })?;
    me.open("misbehave-own", &OWN)?;
    Ok(())
}

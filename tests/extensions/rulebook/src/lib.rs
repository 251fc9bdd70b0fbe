//! rulebook: shows rules of events, one at a time: `raise rulebook RULE` prints one line on what it saw.
#![no_std]

mod order;
mod placed;
mod posted;

use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, InstallError, Owner};

extension! { name: "rulebook", init: init }

/// Owns the events of this extension.
pub(crate) static OWNER: Owner = Owner::new();

/// Shows a rule, and says on the console what it saw.
type Show = fn(&Console) -> Result<(), InstallError>;

/// One of the rules.
struct Rule {
    name: &'static str,
    show: Show,
}

const RULES: [(&str, Show); 14] = [
    ("swap", order::swaps),
    ("filter", order::filters),
    ("keys", order::keys),
    ("here", placed::here),
    ("given", placed::given),
    ("least", placed::least),
    ("each", placed::each),
    ("any", placed::any),
    ("idle", placed::idle),
    ("busy", placed::busy),
    ("least-idle", placed::least_idle),
    ("wait", posted::waits),
    ("same-core", posted::same_core),
    ("circle", posted::circle),
];

/// No rule is called so.
struct NoRule;

impl fmt::Display for NoRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the rules are:")?;
        RULES.iter().try_for_each(|(name, _)| write!(out, " {name}"))
    }
}

impl FromStr for Rule {
    type Err = NoRule;

    fn from_str(text: &str) -> Result<Self, NoRule> {
        let found = RULES.iter().find(|(name, _)| *name == text);
        found.map(|&(name, show)| Self { name, show }).ok_or(NoRule)
    }
}

static RULE: Event<Rule> = Event::new("rulebook", &OWNER);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    posted::serve()?;
    placed::serve()?;
    let _: Binding = RULE.owned(&OWNER)?.install(move |rule| {
        if let Err(error) = (rule.show)(&console) {
            say(&console, format_args!("rulebook: {}: {error}\n", rule.name));
        }
    })?;
    me.open("rulebook", &RULE)?;
    Ok(())
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
pub(crate) fn say(console: &Console, what: fmt::Arguments<'_>) {
    let _ = console.write_fmt(what);
}

//! keyring: issues capabilities and tables of references, and shows what becomes of them, one rule at a time:
//! `raise keyring RULE` prints one line on what it saw.
//!
//! It lends an errand, code of its own, to whoever asks by `LEND`, and `recall` revokes that. What it keeps until its end
//! issues anew when it is dropped.
#![no_std]

extern crate alloc;

mod afterlife;
mod keys;
mod tables;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::str::FromStr;

use lending_desk::{Errand, LEND};
use spindle_capability::{Issued, Issuer};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner};

extension! { name: "keyring", init: init }

/// Owns the events of this extension.
pub(crate) static OWNER: Owner = Owner::new();
/// Issues what is lent to others.
static LENDER: Issuer = Issuer::new();

/// What rules have at hand.
pub(crate) struct Keyring {
    console: Console,
    errand: Arc<Issued<Errand>>,
}

/// Shows a rule, and says on the console what it saw.
type Show = fn(&Keyring) -> Result<(), Box<dyn core::error::Error>>;

/// One of the rules.
struct Rule {
    name: &'static str,
    show: Show,
}

const RULES: [(&str, Show); 11] = [
    ("revoke", keys::revoked),
    ("all", keys::all_revoked),
    ("inside", keys::revoked_inside),
    ("dropped", keys::dropped),
    ("static", keys::lent_static),
    ("console", keys::lent_console),
    ("cores", keys::on_other_cores),
    ("table", tables::filled),
    ("copy", tables::copied),
    ("stale", tables::stale),
    ("recall", recall),
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

static RULE: Event<Rule> = Event::new("keyring", &OWNER);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let forty_two = 42;
    let errand: Errand = Box::new(move |number| number + forty_two);
    let errand = Arc::new(LENDER.issue(errand));
    let lent = errand.clone();
    let _: Binding = LEND.install(move |()| lent.capability().erase())?;
    let keyring = Keyring { console, errand };
    let kept = afterlife::begin();
    keys::serve()?;
    let _: Binding = RULE.owned(&OWNER)?.install(move |rule| {
        if let Err(error) = (rule.show)(&keyring) {
            keyring.say(format_args!("keyring: {}: {error}\n", rule.name));
        }
        assert!(!kept.is_revoked(), "nobody revokes it");
    })?;
    me.open("keyring", &RULE)?;
    Ok(())
}

/// Takes the errand back from whoever has it.
fn recall(keyring: &Keyring) -> Result<(), Box<dyn core::error::Error>> {
    let was_lent = keyring.errand.revoke();
    keyring.say(format_args!("keyring: recall: {was_lent}\n"));
    Ok(())
}

impl Keyring {
    /// A console that takes no text leaves the reader without the line it waits for, which is noticed.
    pub(crate) fn say(&self, what: fmt::Arguments<'_>) {
        let _ = self.console.write_fmt(what);
    }

    /// The console itself.
    pub(crate) fn console(&self) -> Console {
        self.console.clone()
    }
}

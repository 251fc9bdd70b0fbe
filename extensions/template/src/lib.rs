//! template: say here what it does for whom.
//!
//! As it stands it declares an event of its own, opens it to the shell, and handles some of its raises:
//! `load template`, `raise template front 3`, `raise template back 0`, `unload template`.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "template", init: init }

/// Owns the events of this extension.
static TEMPLATE: Owner = Owner::new();

/// An event of this extension. Whoever can name it may raise it; only its owner installs handlers
/// (see `Event::open_to_all` and `Event::authorized_by` for others).
pub static VISIT: Event<Visit> = Event::new("template-visit", &TEMPLATE);

/// What a raise of [`VISIT`] carries. Handlers see it by shared reference.
#[derive(Debug, PartialEq, Eq)]
pub struct Visit {
    /// The door that is used.
    pub door: String,
    /// How many visitors there are.
    pub visitors: u32,
}

/// Called once, when the kernel has linked the extension. What it installs stays until the extension is unloaded; on an
/// error it is unloaded at once.
fn init(me: &Identity) -> InitResult {
    // A capability: without it nothing can be written.
    let console = Console::open()?;
    // The guard decides, by the arguments, whether the handler runs; the handler's closure owns the console.
    VISIT.owned(&TEMPLATE)?.bind().guard(|visit: &Visit| visit.visitors > 0).install(move |visit| {
        let _ = writeln!(console, "{} at the {} door", visit.visitors, visit.door);
    })?;
    // Lets the shell raise it by name, with a text that `Visit::from_str` reads.
    me.open("template", &VISIT)?;
    Ok(())
}

/// A text that is no visit.
#[derive(Debug, PartialEq, Eq)]
pub struct NoVisit {
    /// The text.
    pub text: String,
}

impl fmt::Display for NoVisit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a door and a number of visitors", self.text)
    }
}

impl core::error::Error for NoVisit {}

impl FromStr for Visit {
    type Err = NoVisit;

    fn from_str(text: &str) -> Result<Self, NoVisit> {
        let visit = text.split_once(' ').and_then(|(door, visitors)| {
            Some(Self { door: door.into(), visitors: visitors.trim().parse().ok()? })
        });
        visit.ok_or_else(|| NoVisit { text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{NoVisit, Visit};

    #[test]
    fn a_visit_is_a_door_and_a_number() {
        assert_eq!("front 3".parse(), Ok(Visit { door: "front".into(), visitors: 3 }));
        for text in ["", "front", "front three"] {
            assert_eq!(text.parse::<Visit>(), Err(NoVisit { text: text.into() }));
        }
    }
}

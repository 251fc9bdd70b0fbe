//! netlab: a TCP conversation with itself, over a wire in memory.
//!
//! `raise netlab TEXT` connects a client to a server, has the client send the text and the server send it back the other way
//! round, closes both, and says what the client got and which segments went over the wire. A private dependency from the
//! registry does the talking: smoltcp, with ARP, IPv4 and TCP.
#![no_std]

extern crate alloc;

mod conversation;
mod wire;

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "netlab", init: init }

/// Owns the events of this extension.
static OWNER: Owner = Owner::new();

static TALK: Event<Text> = Event::new("netlab", &OWNER);

/// What is sent.
struct Text(String);

/// Nothing was to be sent, or more than a socket holds.
struct NoText {
    bytes: usize,
}

impl fmt::Display for NoText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes are not 1 to {}", self.bytes, conversation::MOST_BYTES)
    }
}

impl FromStr for Text {
    type Err = NoText;

    fn from_str(text: &str) -> Result<Self, NoText> {
        let bytes = text.len();
        if (1..=conversation::MOST_BYTES).contains(&bytes) {
            Ok(Self(text.into()))
        } else {
            Err(NoText { bytes })
        }
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    TALK.owned(&OWNER)?.install(move |text| {
        let _ = match conversation::hold(text.0.as_bytes()) {
            Ok(seen) => writeln!(console, "netlab: {seen}"),
            Err(error) => writeln!(console, "netlab failed: {error}"),
        };
    })?;
    me.open("netlab", &TALK)?;
    Ok(())
}

//! clerk: uses what `vault` publishes. What that is built on, the ledger's crate, it doesn't name; it is linked to it all the same.
//!
//! At the shell: `raise clerk 3`.
#![no_std]

use core::num::ParseIntError;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "clerk", init: init }

static DESK: Owner = Owner::new();

/// Raised to have something stored.
pub static CLERK: Event<Coins> = Event::new("clerk", &DESK);

/// How many coins to store.
pub struct Coins(u64);

impl FromStr for Coins {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let account = vault_interface::account().ok_or("the ledger has no room")?;
    CLERK.owned(&DESK)?.install(move |coins| {
        let _ = match vault_interface::store(&account, || 2 * coins.0) {
            Ok(balance) => writeln!(console, "the vault holds {balance}"),
            Err(cause) => writeln!(console, "{cause}"),
        };
    })?;
    me.open("clerk", &CLERK)?;
    Ok(())
}

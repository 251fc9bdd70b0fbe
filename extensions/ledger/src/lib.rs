//! Ledger: keeps accounts that other extensions pay into.
//!
//! The accounts themselves are the crate `ledger-interface`, which this extension publishes: others are linked to it and
//! call it directly. Here they are shown: at the shell, `raise accounts`.
#![no_std]

use core::convert::Infallible;
use core::str::FromStr;

use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "ledger", init: init }

/// Owns the event of this extension.
static OFFICE: Owner = Owner::new();

/// Raised to have all accounts shown.
pub static ACCOUNTS: Event<Everything> = Event::new("accounts", &OFFICE);

/// All accounts: there is nothing to say about which.
#[derive(Debug, PartialEq, Eq)]
pub struct Everything;

impl FromStr for Everything {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    ACCOUNTS.owned(&OFFICE)?.install(move |_| {
        let mut count = 0;
        let shown = ledger_interface::each(|account| {
            count += 1;
            let _ = writeln!(console, "{}: {}", account.name(), account.balance());
        });
        let _ = match shown {
            Ok(()) => writeln!(console, "{count} accounts"),
            Err(busy) => writeln!(console, "{busy}"),
        };
    })?;
    me.open("accounts", &ACCOUNTS)?;
    Ok(())
}

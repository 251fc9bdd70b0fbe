//! Teller: takes orders for the accounts of the extension `ledger`, whose published crate it calls directly.
//!
//! At the shell: `raise teller deposit savings 100`, `raise teller withdraw savings 30`, `raise teller balance savings`. It
//! needs `ledger` to be loaded.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use ledger_interface::{OVERDRAWN, OpenError, PayError};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Owner};

extension! { name: "teller", init: init }

/// Owns the event of this extension.
static COUNTER: Owner = Owner::new();

/// Raised for each order.
pub static TELLER: Event<Order> = Event::new("teller", &COUNTER);

/// What is to be done with an account.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    /// Its name.
    pub account: String,
    /// What.
    pub deed: Deed,
}

/// What can be done with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Pay in.
    Deposit(u64),
    /// Take out.
    Withdraw(u64),
    /// Say what is in it.
    Balance,
}

/// A text that is no order.
#[derive(Debug, PartialEq, Eq)]
pub struct NoOrder;

impl fmt::Display for NoOrder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("say `deposit ACCOUNT AMOUNT`, `withdraw ACCOUNT AMOUNT` or `balance ACCOUNT`")
    }
}

impl core::error::Error for NoOrder {}

impl FromStr for Order {
    type Err = NoOrder;

    fn from_str(text: &str) -> Result<Self, NoOrder> {
        let mut words = text.split_whitespace();
        let (verb, account, amount) = (words.next(), words.next().ok_or(NoOrder)?, words.next());
        let amount = amount.map(|amount| amount.parse().map_err(|_| NoOrder)).transpose()?;
        let deed = match (verb, amount) {
            (Some("deposit"), Some(amount)) => Deed::Deposit(amount),
            (Some("withdraw"), Some(amount)) => Deed::Withdraw(amount),
            (Some("balance"), None) => Deed::Balance,
            _ => return Err(NoOrder),
        };
        if words.next().is_some() { Err(NoOrder) } else { Ok(Self { account: account.into(), deed }) }
    }
}

/// Why an order is not carried out.
#[derive(Debug)]
enum Refused {
    Open(OpenError),
    Pay(PayError),
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(cause) => cause.fmt(out),
            Self::Pay(cause) => cause.fmt(out),
        }
    }
}

/// Carries an order out; returns the new balance.
fn obey(order: &Order) -> Result<u64, Refused> {
    let account = ledger_interface::open(&order.account).map_err(Refused::Open)?;
    match order.deed {
        Deed::Deposit(amount) => account.deposit(amount).map_err(Refused::Pay),
        Deed::Withdraw(amount) => account.withdraw(amount).map_err(Refused::Pay),
        Deed::Balance => Ok(account.balance()),
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    TELLER.owned(&COUNTER)?.install(move |order| {
        let _ = match obey(order) {
            Ok(balance) => writeln!(console, "{}: {balance}", order.account),
            Err(cause) => writeln!(console, "{}: {cause}", order.account),
        };
    })?;
    let console = Console::open()?;
    OVERDRAWN.install(move |overdraft| {
        let _ = writeln!(console, "{} asked of {}", overdraft.amount, overdraft.account.name());
    })?;
    me.open("teller", &TELLER)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Deed, NoOrder, Order};

    #[test]
    fn an_order_has_a_verb_an_account_and_perhaps_an_amount() {
        let order = |deed| Ok(Order { account: "savings".into(), deed });
        assert_eq!("deposit savings 7".parse(), order(Deed::Deposit(7)));
        assert_eq!(" withdraw savings  9".parse(), order(Deed::Withdraw(9)));
        assert_eq!("balance savings".parse(), order(Deed::Balance));
        for wrong in
            ["", "deposit", "deposit savings", "balance savings 3", "deposit savings 1 2", "sell x 1"]
        {
            assert_eq!(wrong.parse::<Order>(), Err(NoOrder), "{wrong}");
        }
    }
}

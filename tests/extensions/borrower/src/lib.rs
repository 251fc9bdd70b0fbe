//! borrower: holds what another domain lends it, for longer than that one is there.
//!
//! `raise borrower take` asks for an errand, `raise borrower NUMBER` runs it, `raise borrower back` drops it.
#![no_std]

extern crate alloc;

use core::fmt;
use core::str::FromStr;

use lending_desk::{Errand, LEND};
use spindle_capability::Capability;
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Exclusive, Owner};

extension! { name: "borrower", init: init }

/// Owns the events of this extension.
static OWNER: Owner = Owner::new();

/// What to do.
enum Order {
    Take,
    Use(u64),
    Back,
}

/// That can't be done.
struct NoOrder;

impl fmt::Display for NoOrder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the orders are: take back, and numbers")
    }
}

impl FromStr for Order {
    type Err = NoOrder;

    fn from_str(text: &str) -> Result<Self, NoOrder> {
        match text.trim() {
            "take" => Ok(Self::Take),
            "back" => Ok(Self::Back),
            number => number.parse().map(Self::Use).map_err(|_| NoOrder),
        }
    }
}

static ORDER: Event<Order> = Event::new("borrower", &OWNER);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let errand: Exclusive<Option<Capability<Errand>>> = Exclusive::new(None);
    let _: Binding = ORDER.owned(&OWNER)?.install(move |order| {
        // One order at a time: the shell waits for each.
        let _ = errand.with(|errand| obey(&console, order, errand));
    })?;
    me.open("borrower", &ORDER)?;
    Ok(())
}

fn obey(console: &Console, order: &Order, errand: &mut Option<Capability<Errand>>) {
    let _ = match (order, &errand) {
        (Order::Take, _) => match LEND.raise(&()) {
            Ok(lent) => {
                let wrong = lent.typed::<u64>().err();
                *errand = lent.typed().ok();
                let is_right = errand.is_some();
                writeln!(console, "borrower: an errand: {is_right}; a number: {wrong:?}")
            }
            Err(_) => writeln!(console, "borrower: nobody lends anything"),
        },
        (Order::Use(_), None) => writeln!(console, "borrower: there is no errand"),
        (Order::Use(number), Some(errand)) => match errand.with(|errand| errand(*number)) {
            Ok(answer) => writeln!(console, "borrower: {number} is {answer}"),
            Err(revoked) => writeln!(console, "borrower: {number}: {revoked}"),
        },
        (Order::Back, _) => {
            *errand = None;
            writeln!(console, "borrower: given back")
        }
    };
}

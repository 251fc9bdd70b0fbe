//! hoarder: takes memory and does not give it back. `raise hoard keep COUNT` keeps so many things in each way that it knows: boxes
//! that it leaks, and what a static owns. `raise hoard grab COUNT` wants so many bytes at once, and fails if it does not get
//! them; `raise hoard hold COUNT` keeps them, too; `raise hoard ask COUNT` asks whether it could have them.
#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hint::black_box;
use core::str::FromStr;
use core::sync::atomic::AtomicU64;

use spindle_capability::Issuer;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Exclusive, Last, Owner};
use spindle_nameserver::{anyone, export};

extension! { name: "hoarder", init: init }

/// Owns the event of this extension.
static HOARDER: Owner = Owner::new();

/// Issues what it exports: a counter.
static ISSUER: Issuer = Issuer::new();

/// Raised to hoard; says what came of it.
static HOARD: Event<Wish, Answer, Last> = Event::new("hoard", &HOARDER);

/// What a static owns.
static HOARDED: Exclusive<Hoarded> = Exclusive::new(Hoarded::new());

/// How many of each kind it keeps without being asked.
const FIRST: u64 = 10;

/// What is wanted.
enum Wish {
    Keep(u64),
    Grab(usize),
    Hold(usize),
    Ask(usize),
}

/// What came of it.
#[derive(Debug)]
#[expect(dead_code, reason = "shown by its `Debug`")]
enum Answer {
    /// So many things are kept.
    Kept(u64),
    /// So many bytes were there.
    Had(usize),
    /// So many bytes can't be had.
    Refused(usize),
    /// Somebody else is at it.
    Busy,
}

/// No wish is said so.
struct NoWish;

impl fmt::Display for NoWish {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("say `keep COUNT`, `grab BYTES`, `hold BYTES` or `ask BYTES`")
    }
}

impl FromStr for Wish {
    type Err = NoWish;

    fn from_str(text: &str) -> Result<Self, NoWish> {
        let (verb, number) = text.split_once(' ').ok_or(NoWish)?;
        let number: u64 = number.parse().map_err(|_| NoWish)?;
        match verb {
            "keep" => Ok(Self::Keep(number)),
            "grab" => Ok(Self::Grab(number as usize)),
            "hold" => Ok(Self::Hold(number as usize)),
            "ask" => Ok(Self::Ask(number as usize)),
            _ => Err(NoWish),
        }
    }
}

/// Some of each kind.
struct Hoarded {
    numbers: Vec<u64>,
    texts: Vec<String>,
    by_number: BTreeMap<u64, Box<[u8]>>,
    shared: Vec<Arc<String>>,
    bindings: Vec<Binding>,
    identities: Vec<Identity>,
}

impl Hoarded {
    const fn new() -> Self {
        Self {
            numbers: Vec::new(),
            texts: Vec::new(),
            by_number: BTreeMap::new(),
            shared: Vec::new(),
            bindings: Vec::new(),
            identities: Vec::new(),
        }
    }

    /// Keeps one more of each kind; the `number`th.
    fn keep(&mut self, number: u64) {
        self.numbers.push(number);
        self.texts.push(format!("the {number}th of {:?}", Some(self.texts.len())));
        self.by_number.insert(number, Box::from([number as u8; 100].as_slice()));
        self.shared.push(Arc::new(format!("{number:#x}")));
        black_box(Box::leak(Box::new([number; 7])));
        let mut joined = self.texts.join(" ");
        joined.truncate(64);
        black_box(String::leak(joined.to_uppercase()));
    }
}

fn init(me: &Identity) -> InitResult {
    let binding = HOARD.owned(&HOARDER)?.install(|wish| match wish {
        Wish::Keep(count) => HOARDED
            .with(|hoarded| {
                let first = hoarded.numbers.len() as u64;
                (first..first + count).for_each(|number| hoarded.keep(number));
                Answer::Kept(first + count)
            })
            .unwrap_or(Answer::Busy),
        Wish::Grab(bytes) => Answer::Had(black_box(alloc::vec![1_u8; *bytes]).len()),
        Wish::Hold(bytes) => Answer::Had(black_box(Vec::leak(alloc::vec![1_u8; *bytes])).len()),
        Wish::Ask(bytes) => match Vec::<u8>::new().try_reserve_exact(*bytes) {
            Ok(()) => Answer::Had(*bytes),
            Err(_) => Answer::Refused(*bytes),
        },
    })?;
    let visitors = ISSUER.issue(AtomicU64::new(0));
    export(me, "/svc/objects/hoarder", visitors.capability(), anyone())?;
    let me_too = me.clone();
    // The entry runs once, so nobody else is at it.
    let _ = HOARDED.with(|hoarded| {
        hoarded.bindings.push(binding);
        hoarded.identities.push(me_too);
        (0..FIRST).for_each(|number| hoarded.keep(number));
    });
    me.open("hoard", &HOARD)?;
    Ok(())
}

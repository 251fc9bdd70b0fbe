//! sorter: a guest of `churn` whose handlers are found by keys, stand behind guards and in an order.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Budget, Event, Key, Limits, Owner, Pattern, Sum, Verdict};

extension! { name: "sorter", init: init }

/// Owns the event of this extension.
static TRAY: Owner = Owner::new();

/// What is sorted by.
static NUMBER: Key<u64> = Key::new("number", |number| *number);

/// The host may stop a core for as long as it likes, in the middle of a guard too, and that core's clock goes on.
const PATIENT: Limits = Limits { guard: Budget::microseconds(100_000_000), ..Limits::DEFAULT };

/// Raised to sort a number; gives how many handlers took it.
static SORTER: Event<u64, u64, Sum> = Event::new("sorter", &TRAY).with_keys(&[&NUMBER]).with_limits(PATIENT);

/// How many numbers are known by themselves.
const SINGLES: u64 = 12;

fn init(me: &Identity) -> InitResult {
    let sorter = SORTER.owned(&TRAY)?;
    sorter.authorize(|_| Verdict::Accept);
    sorter.on_trouble(|_| ());
    let _: Binding = sorter.install_default(|_| 0)?;
    for single in 0..SINGLES {
        let _: Binding = sorter.bind().when(&NUMBER, Pattern::equal(single)).install(|_| 1)?;
    }
    let ports = Pattern::one_of([22, 80, 443])?;
    let _: Binding = sorter.bind().when(&NUMBER, ports).install(|_| 1)?;
    let _: Binding = sorter.bind().when(&NUMBER, Pattern::range(50..=500)?).install(|_| 1)?;
    let _: Binding = sorter.bind().when(&NUMBER, Pattern::longest_prefix(0, 52)?).install(|_| 1)?;
    guarded(me)?;
    me.open("sorter", &SORTER)?;
    Ok(())
}

/// Handlers that are asked one by one, in an order.
fn guarded(me: &Identity) -> InitResult {
    let sorter = SORTER.owned(&TRAY)?;
    let known: Vec<u64> = (0..SINGLES).map(|single| single * me.name().len() as u64).collect();
    let middle = sorter.bind().guard(move |number: &u64| known.contains(number)).install(|_| 1)?;
    let _: Binding = sorter.bind().before(&middle).install(|_| 1)?;
    let _: Binding = sorter.bind().after(&middle).guard(|number: &u64| number % 2 == 0).install(|_| 1)?;
    let _: Binding = sorter.bind().first().install(|_| 1)?;
    let _: Binding = sorter.bind().last().install(|_| 1)?;
    let going = sorter.install(|_| 1)?;
    going.uninstall_soon();
    let imposed = sorter.impose(middle.id(), |number: &u64| *number != 7)?;
    sorter.lift(imposed);
    sorter.impose(middle.id(), |number: &u64| *number != 9)?;
    Ok(())
}

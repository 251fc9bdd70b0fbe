//! Tables of references: what user space would be given in place of keys.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;

use spindle_capability::{Issued, Issuer, Reference, ReferenceError, References};

use crate::Keyring;
use crate::keys::Door;

static DOORS: Issuer = Issuer::new();

/// Slots of the larger table.
const SLOTS: usize = 100;

fn doors(count: u32) -> Vec<Issued<Door>> {
    (0..count).map(|number| DOORS.issue(Door { number })).collect()
}

/// A table takes as many as it has slots, and each once; each is found by its number.
pub(crate) fn filled(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let table = References::new(SLOTS)?;
    let doors = doors(SLOTS as u32 + 1);
    let mut references = Vec::new();
    for door in &doors[..SLOTS] {
        references.push(table.externalize(door.capability())?);
    }
    let is_same = table.externalize(doors[0].capability()) == Ok(references[0]);
    let full = said(table.externalize(doors[SLOTS].capability()));
    let opens = |(at, reference): &(usize, &Reference)| {
        let found = table.internalize::<Door>(**reference);
        found.is_ok_and(|key| key.with(|door| door.number as usize) == Ok(*at))
    };
    let right = references.iter().enumerate().filter(opens).count();
    keyring.say(format_args!("keyring: table: {right} right, twice the same: {is_same}, then: {full}\n"));
    let first = references[0];
    keyring
        .say(format_args!("keyring: table: {}\n", said(table.externalize_at(3, doors[SLOTS].capability()))));
    keyring.say(format_args!("keyring: table: {}\n", said(table.internalize::<u64>(first))));
    let nowhere = Reference::from_number(first.number() + SLOTS as u64);
    keyring.say(format_args!("keyring: table: {}\n", said(table.internalize_any(nowhere))));
    let count = table.clear();
    keyring.say(format_args!("keyring: table: {count} cleared, {} left\n", table.len()));
    Ok(())
}

/// A copy in another table is another reference to the same, and goes by itself.
pub(crate) fn copied(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let (parent, child) = (References::new(SLOTS)?, References::new(SLOTS)?);
    let doors = doors(3);
    let mut copies = Vec::new();
    for door in &doors {
        copies.push(parent.copy(parent.externalize(door.capability())?, &child)?);
    }
    parent.clear();
    let opened = |which: usize| {
        let found = child.internalize::<Door>(copies[which]);
        found.map(|key| key.with(|door| door.number).ok())
    };
    let before = [opened(0), opened(1), opened(2)];
    doors[1].revoke();
    let behind = opened(1);
    keyring.say(format_args!("keyring: copy: {before:?}, {behind:?}\n"));
    Ok(())
}

/// A reference that was deleted names nothing, although its slot holds something else.
pub(crate) fn stale(keyring: &Keyring) -> Result<(), Box<dyn Error>> {
    let table = References::new(1)?;
    let doors = doors(2);
    let old = table.externalize(doors[0].capability())?;
    table.delete(old)?;
    let new = table.externalize_at(old.slot(), doors[1].capability())?;
    let is_apart = old != new && old.slot() == new.slot();
    let found = table.internalize::<Door>(new)?.with(|door| door.number)?;
    keyring.say(format_args!("keyring: stale: {is_apart}, {found}, {}\n", said(table.delete(old))));
    Ok(())
}

/// What an error says; nothing, if it is none.
fn said<T>(outcome: Result<T, ReferenceError>) -> alloc::string::String {
    outcome.err().map_or_else(Default::default, |error| alloc::format!("{error}"))
}

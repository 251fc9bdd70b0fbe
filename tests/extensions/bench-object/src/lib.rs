//! bench-object: an extension of some 50 KB, of which it is counted what its load costs.
//!
//! It listens for what is typed, and keeps what it has heard in order.
#![no_std]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use spindle_console::{Console, INPUT};
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::Binding;

extension! { name: "bench-object", init: init }

/// Numbers of letters by frequency, over and over: what a table of constants is.
static WEIGHTS: [u16; 4600] = weights();

const fn weights() -> [u16; 4600] {
    let mut table = [0; 4600];
    let mut at = 0;
    while at < table.len() {
        table[at] = (at * at % 65_521) as u16;
        at += 1;
    }
    table
}

/// How much was heard.
static HEARD: AtomicUsize = AtomicUsize::new(0);

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let name = String::from(me.name());
    let _: Binding = INPUT.install(move |input| {
        let bytes: Vec<u8> = input.bytes().to_vec();
        let count = count(&bytes);
        let sum = HEARD.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
        if WEIGHTS[sum % WEIGHTS.len()] == u16::MAX {
            let _ = writeln!(console, "{name}: {} of {sum}: {:?}", count.len(), longest(&bytes));
        }
    })?;
    Ok(())
}

/// How often each byte comes.
fn count(bytes: &[u8]) -> BTreeMap<u8, usize> {
    let mut found = BTreeMap::new();
    for byte in bytes {
        *found.entry(*byte).or_insert(0) += 1;
    }
    found.retain(|byte, count| *byte != 0 || *count > 1);
    found
}

/// The words, the longest first.
fn longest(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut words: Vec<String> = text.split_whitespace().map(String::from).collect();
    words.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    words.dedup();
    words
}

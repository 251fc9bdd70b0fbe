//! spreader: a guest of `churn` whose handlers run later and elsewhere, and which posts to each core, once more when it goes.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::num::ParseIntError;
use core::str::FromStr;

use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Event, Owner, Placement, cores};

extension! { name: "spreader", init: init }

/// Owns the events of this extension.
static FIELD: Owner = Owner::new();

/// Raised to spread seed.
static SPREADER: Event<Seed> = Event::new("spreader", &FIELD);
/// Posted to each core.
static GRAIN: Event<[u64; GRAINS]> = Event::new("grain", &FIELD);

/// More than fit into a message itself, so that each is on the heap.
const GRAINS: usize = 9;

/// What is spread: some of it on the heap.
#[derive(Clone)]
struct Seed(Vec<u64>);

impl FromStr for Seed {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let first: u64 = text.parse()?;
        Ok(Self((0..GRAINS as u64).map(|at| first.wrapping_add(at)).collect()))
    }
}

/// Posts to each core when it is dropped.
struct Farewell {
    grain: u64,
}

impl Farewell {
    /// Keeps a handler busy with the whole of it, so that it is not captured in part.
    fn mixed_with(&self, first: u64) -> u64 {
        self.grain ^ first
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        post(self.grain);
    }
}

fn init(me: &Identity) -> InitResult {
    let farewell = Farewell { grain: me.name().len() as u64 };
    let spreader = SPREADER.owned(&FIELD)?;
    let placements = [Placement::Here, Placement::EachCore, Placement::AnyCore, Placement::LeastLoaded];
    for placement in placements {
        let _: Binding = spreader.bind().install_later(placement, |seed| assert!(!seed.0.is_empty()))?;
    }
    let _: Binding = spreader.install(move |seed| {
        post(farewell.mixed_with(seed.0.first().copied().unwrap_or_default()));
    })?;
    let _: Binding = GRAIN.owned(&FIELD)?.install(|grain| assert!(grain[0] == grain[GRAINS - 1]))?;
    me.open("spreader", &SPREADER)?;
    Ok(())
}

fn post(grain: u64) {
    for core in cores::online() {
        // Refused, it comes back and is dropped here: there is no need for it to arrive.
        let _ = GRAIN.post(core, [grain; GRAINS]);
    }
}

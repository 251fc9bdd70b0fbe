//! The table against a reference model: any history gives the same references and the same errors.

use std::collections::BTreeMap;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use spindle_sync::GRACE;

use super::{Reference, ReferenceError, References};
use crate::{AnyCapability, Issued, Issuer, Revoked};

/// So few that slots are used up in a short history.
const LAST: u64 = 3;
/// So few that tables are full in a short history.
const SLOTS: usize = 4;
/// How many capabilities there are: some of `u32`, the others of `u64`.
const CAPABILITIES: usize = 7;
const TABLES: usize = 2;

static ISSUER: Issuer = Issuer::new();

/// One step of a history, with tables, capabilities and references by their numbers. A reference is one of those that were
/// given, or any number.
#[derive(Clone, Debug)]
enum Step {
    Externalize { table: usize, capability: usize, slot: Option<usize> },
    Internalize { table: usize, reference: Named },
    Delete { table: usize, reference: Named },
    Copy { table: usize, reference: Named },
    Clear { table: usize },
    Revoke { capability: usize },
}

#[derive(Clone, Debug)]
enum Named {
    Given(usize),
    MadeUp(u64),
}

fn steps() -> impl Strategy<Value = Step> {
    let table = || 0..TABLES;
    let near = (0..5_u64, 0..6_u64).prop_map(|(generation, slot)| generation << super::INDEX_BITS | slot);
    let named = prop_oneof![
        8 => any::<usize>().prop_map(Named::Given),
        2 => near.prop_map(Named::MadeUp),
        1 => any::<u64>().prop_map(Named::MadeUp),
    ];
    let slot = prop::option::weighted(0.4, 0..SLOTS + 2);
    prop_oneof![
        8 => (table(), 0..CAPABILITIES, slot)
            .prop_map(|(table, capability, slot)| Step::Externalize { table, capability, slot }),
        4 => (table(), named.clone()).prop_map(|(table, reference)| Step::Internalize { table, reference }),
        6 => (table(), named.clone()).prop_map(|(table, reference)| Step::Delete { table, reference }),
        2 => (table(), named).prop_map(|(table, reference)| Step::Copy { table, reference }),
        1 => table().prop_map(|table| Step::Clear { table }),
        1 => (0..CAPABILITIES).prop_map(|capability| Step::Revoke { capability }),
    ]
}

/// A table, as simply as can be: everything that was ever in each slot, the last perhaps still there.
#[derive(Default)]
struct Model {
    slots: BTreeMap<usize, Vec<(usize, bool)>>,
}

type Answer<T> = Result<T, ReferenceError>;

impl Model {
    fn called(slot: usize, history: &[(usize, bool)]) -> Reference {
        Reference::new(slot, history.len() as u64)
    }

    fn held(&self, slot: usize) -> Option<(Reference, usize)> {
        let history = self.slots.get(&slot)?;
        let (capability, is_there) = *history.last()?;
        is_there.then(|| (Self::called(slot, history), capability))
    }

    fn has_room(&self, slot: usize) -> bool {
        self.held(slot).is_none() && self.slots.get(&slot).is_none_or(|history| (history.len() as u64) < LAST)
    }

    fn externalize(&mut self, capability: usize, wanted: Option<usize>) -> Answer<Reference> {
        if let Some(slot) = wanted.filter(|slot| *slot >= SLOTS) {
            return Err(ReferenceError::NoSlot { slot, slots: SLOTS });
        }
        let is_it = |&(_, held): &(Reference, usize)| held == capability;
        if let Some((at, _)) = (0..SLOTS).filter_map(|slot| self.held(slot)).find(is_it) {
            let is_right = wanted.is_none_or(|wanted| wanted == at.slot());
            return if is_right { Ok(at) } else { Err(ReferenceError::Elsewhere { at }) };
        }
        let slot = match wanted {
            Some(slot) => match self.held(slot) {
                Some((by, _)) => return Err(ReferenceError::Occupied { by }),
                None if self.has_room(slot) => slot,
                None => return Err(ReferenceError::UsedUp { slot }),
            },
            None => {
                (0..SLOTS).find(|slot| self.has_room(*slot)).ok_or(ReferenceError::Full { slots: SLOTS })?
            }
        };
        let history = self.slots.entry(slot).or_default();
        history.push((capability, true));
        Ok(Self::called(slot, history))
    }

    fn find(&self, reference: Reference) -> Answer<usize> {
        let given = self.slots.get(&reference.slot()).map_or(0, Vec::len) as u64;
        match self.held(reference.slot()) {
            Some((called, capability)) if called == reference => Ok(capability),
            _ if (1..=given).contains(&reference.generation()) => Err(ReferenceError::Stale { reference }),
            _ => Err(ReferenceError::Unknown { reference }),
        }
    }

    fn delete(&mut self, reference: Reference) -> Answer<usize> {
        let capability = self.find(reference)?;
        if let Some(last) = self.slots.get_mut(&reference.slot()).and_then(|history| history.last_mut()) {
            last.1 = false;
        }
        Ok(capability)
    }

    fn len(&self) -> usize {
        (0..SLOTS).filter(|slot| self.held(*slot).is_some()).count()
    }

    fn clear(&mut self) -> usize {
        let count = self.len();
        self.slots.values_mut().filter_map(|history| history.last_mut()).for_each(|last| last.1 = false);
        count
    }
}

/// Both, side by side.
struct Pair {
    small: Vec<Issued<u32>>,
    large: Vec<Issued<u64>>,
    is_revoked: [bool; CAPABILITIES],
    real: [References; TABLES],
    models: [Model; TABLES],
    given: Vec<Reference>,
}

/// Those before it are of `u32`.
const LARGE: usize = CAPABILITIES / 2;

impl Pair {
    fn new() -> Self {
        let table = || References::with_generations(SLOTS, LAST).expect("few slots");
        Self {
            small: (0..LARGE).map(|number| ISSUER.issue(number as u32)).collect(),
            large: (LARGE..CAPABILITIES).map(|number| ISSUER.issue(number as u64)).collect(),
            is_revoked: [false; CAPABILITIES],
            real: [table(), table()],
            models: Default::default(),
            given: Vec::new(),
        }
    }

    fn capability(&self, which: usize) -> AnyCapability {
        match self.small.get(which) {
            Some(issued) => issued.capability().into(),
            None => self.large[which - LARGE].capability().into(),
        }
    }

    fn reference(&self, named: &Named) -> Reference {
        match *named {
            Named::Given(which) if !self.given.is_empty() => self.given[which % self.given.len()],
            Named::Given(number) => Reference::from_number(number as u64),
            Named::MadeUp(number) => Reference::from_number(number),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match *step {
            Step::Externalize { table, capability, slot } => {
                let given = self.capability(capability);
                let real = match slot {
                    Some(slot) => self.real[table].externalize_at(slot, given),
                    None => self.real[table].externalize(given),
                };
                prop_assert_eq!(&real, &self.models[table].externalize(capability, slot));
                self.given.extend(real.ok());
            }
            Step::Internalize { table, ref reference } => {
                let reference = self.reference(reference);
                self.internalize(table, reference)?;
            }
            Step::Delete { table, ref reference } => {
                let reference = self.reference(reference);
                let real = self.real[table].delete(reference);
                let model = self.models[table].delete(reference).map(|which| self.capability(which));
                prop_assert_eq!(real, model);
            }
            Step::Copy { table, ref reference } => {
                let (reference, to) = (self.reference(reference), (table + 1) % TABLES);
                let real = self.real[table].copy(reference, &self.real[to]);
                let found = self.models[table].find(reference);
                let model = found.and_then(|which| self.models[to].externalize(which, None));
                prop_assert_eq!(&real, &model);
                self.given.extend(real.ok());
            }
            Step::Clear { table } => {
                prop_assert_eq!(self.real[table].clear(), self.models[table].clear());
            }
            Step::Revoke { capability } => {
                let was_first = match self.small.get(capability) {
                    Some(issued) => issued.revoke(),
                    None => self.large[capability - LARGE].revoke(),
                };
                prop_assert_eq!(was_first, !self.is_revoked[capability]);
                self.is_revoked[capability] = true;
            }
        }
        for (real, model) in self.real.iter().zip(&self.models) {
            prop_assert_eq!(real.len(), model.len());
        }
        Ok(())
    }

    /// With its type, and with the other.
    fn internalize(&self, table: usize, reference: Reference) -> Result<(), TestCaseError> {
        let used = |which: usize| if self.is_revoked[which] { Err(Revoked) } else { Ok(which as u64) };
        let small = self.real[table].internalize::<u32>(reference);
        let large = self.real[table].internalize::<u64>(reference);
        match self.models[table].find(reference) {
            Ok(which) if which < LARGE => {
                let used_as = small.map(|capability| capability.with(|number| u64::from(*number)));
                prop_assert_eq!(used_as, Ok(used(which)));
                prop_assert_eq!(large, Err(ReferenceError::WrongType { reference, wanted: "u64".into() }));
            }
            Ok(which) => {
                let used_as = large.map(|capability| capability.with(|number| *number));
                prop_assert_eq!(used_as, Ok(used(which)));
                prop_assert_eq!(small, Err(ReferenceError::WrongType { reference, wanted: "u32".into() }));
            }
            Err(error) => {
                prop_assert_eq!(small, Err(error.clone()));
                prop_assert_eq!(large, Err(error));
            }
        }
        Ok(())
    }
}

/// How many histories: more when the soak asks for more.
fn cases() -> u32 {
    let factor = std::env::var("SPINDLE_SOAK").ok().and_then(|factor| factor.parse().ok());
    10_000 * factor.unwrap_or(1)
}

#[test]
fn any_history_of_tables_agrees_with_the_model() {
    let core = core::cell::RefCell::new(GRACE.register_thread());
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(steps(), 1..60), |history| {
        let mut pair = Pair::new();
        for step in &history {
            pair.step(step)?;
        }
        drop(pair);
        core.borrow_mut().quiet();
        GRACE.reclaim();
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, history)) => panic!("{reason}\nin this history: {history:#?}"),
        Err(TestError::Abort(reason)) => panic!("given up: {reason}"),
    }
}

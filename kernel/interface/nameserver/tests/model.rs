//! The nameserver beside a model of it: a list of paths, with whose they are.
//!
//! Whatever three extensions do, in any order, the two have the same names, and refuse for the same reason.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proptest::prelude::*;
use spindle_domain::{Domain, DomainId, Identity, Rights};
use spindle_nameserver::{
    Kind, NameError, admit, anyone, detach, export_domain, import_domain, list_below, make_directory, nobody,
    serve, withdraw,
};
use spindle_sync::{Authority, GRACE};

/// Where all of it happens.
const FIELD: &str = "/svc/objects/field";

/// How many extensions there are.
const WHO: u32 = 3;

#[derive(Clone, Debug)]
enum Step {
    Export(u32, String),
    MakeDirectory(u32, String, bool),
    Detach(u32, String),
    Import(u32, String),
    End(u32),
    Begin(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 1..=WHO;
    let path = || "(/[ab-]){1,4}".prop_map(|text| format!("{FIELD}{text}"));
    prop_oneof![
        3 => (who(), path()).prop_map(|(who, path)| Step::Export(who, path)),
        4 => (who(), path(), any::<bool>()).prop_map(|(who, path, is_open)| Step::MakeDirectory(who, path, is_open)),
        2 => (who(), path()).prop_map(|(who, path)| Step::Detach(who, path)),
        1 => (who(), path()).prop_map(|(who, path)| Step::Import(who, path)),
        1 => who().prop_map(Step::End),
        2 => who().prop_map(Step::Begin),
    ]
}

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn identity(who: u32) -> Identity {
    Identity::new(&authority(), DomainId::new(&authority(), who), &format!("extension-{who}"))
}

/// What `who` exports.
fn domain(who: u32) -> Domain {
    Domain::new(&authority(), DomainId::new(&authority(), who), Rights::IMPORT)
}

fn code(who: u32) -> Range<usize> {
    let start = 0x1000 * who as usize;
    start..start + 0x1000
}

/// A name in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    owner: Option<u32>,
    is_directory: bool,
    /// Whether others may add names.
    is_open: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotLoaded,
    NotFound,
    NotADirectory,
    Exists,
    MayNotAdd,
    NotYours,
    NotEmpty,
    WrongType,
}

#[derive(Default)]
struct Model {
    names: BTreeMap<String, Name>,
    loaded: BTreeSet<u32>,
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl Model {
    fn is_empty(&self, path: &str) -> bool {
        self.names.keys().all(|name| parent(name) != path)
    }

    fn check(&self, who: u32) -> Result<(), Refusal> {
        if self.loaded.contains(&who) { Ok(()) } else { Err(Refusal::NotLoaded) }
    }

    fn add(&mut self, who: u32, path: &str, new: Name) -> Result<(), Refusal> {
        self.check(who)?;
        match self.names.get(path) {
            Some(Name { owner: None, .. }) if new.is_directory => {}
            Some(_) => return Err(Refusal::Exists),
            None => {}
        }
        match self.names.get(parent(path)) {
            None => return Err(Refusal::NotFound),
            Some(Name { is_directory: false, .. }) => return Err(Refusal::NotADirectory),
            Some(directory) if directory.owner != Some(who) && !directory.is_open => {
                return Err(Refusal::MayNotAdd);
            }
            Some(_) => {}
        }
        self.names.insert(path.into(), new);
        Ok(())
    }

    fn detach(&mut self, who: u32, path: &str) -> Result<(), Refusal> {
        self.check(who)?;
        let name = self.names.get(path).ok_or(Refusal::NotFound)?;
        if name.owner != Some(who) {
            return Err(Refusal::NotYours);
        }
        if !self.is_empty(path) {
            return Err(Refusal::NotEmpty);
        }
        self.names.remove(path);
        self.prune();
        Ok(())
    }

    fn import(&self, who: u32, path: &str) -> Result<Option<u32>, Refusal> {
        self.check(who)?;
        match self.names.get(path).ok_or(Refusal::NotFound)? {
            Name { is_directory: true, .. } => Err(Refusal::WrongType),
            Name { owner, .. } => Ok(*owner),
        }
    }

    fn end(&mut self, who: u32) {
        self.loaded.remove(&who);
        for name in self.names.values_mut().filter(|name| name.owner == Some(who)) {
            // What is no directory is gone at the next look, as an empty one is.
            *name = Name { owner: None, is_directory: true, is_open: false };
        }
        self.prune();
    }

    fn prune(&mut self) {
        loop {
            let is_left = |(path, name): &(&String, &Name)| name.owner.is_none() && self.is_empty(path);
            let Some(path) = self.names.iter().find(is_left).map(|(path, _)| path.clone()) else { return };
            self.names.remove(&path);
        }
    }

    /// As `list_below` gives it, but for the order.
    fn listed(&self) -> BTreeMap<String, (Kind, String)> {
        let below = self.names.iter().filter(|(path, _)| *path != FIELD);
        below
            .map(|(path, name)| {
                let kind = if name.is_directory { Kind::Directory } else { Kind::Domain };
                let owner = name.owner.map_or("nobody".into(), |who| format!("extension-{who}"));
                (path.clone(), (kind, owner))
            })
            .collect()
    }
}

fn refusal(error: NameError) -> Refusal {
    match error {
        NameError::NotLoaded { .. } => Refusal::NotLoaded,
        NameError::NotFound { .. } => Refusal::NotFound,
        NameError::NotADirectory { .. } => Refusal::NotADirectory,
        NameError::Exists { .. } => Refusal::Exists,
        NameError::MayNotAdd { .. } => Refusal::MayNotAdd,
        NameError::NotYours { .. } => Refusal::NotYours,
        NameError::NotEmpty { .. } => Refusal::NotEmpty,
        NameError::WrongType { .. } => Refusal::WrongType,
        other => panic!("{other}"),
    }
}

/// Does a step with both and says what came of it: the second is the model's.
fn both(step: &Step, model: &mut Model) -> [Result<Option<u32>, Refusal>; 2] {
    let me = |who: &u32| identity(*who);
    match step {
        Step::Export(who, path) => {
            let new = Name { owner: Some(*who), is_directory: false, is_open: false };
            let is = export_domain(&me(who), path, domain(*who), anyone()).map_err(refusal);
            [is.map(|()| None), model.add(*who, path, new).map(|()| None)]
        }
        Step::MakeDirectory(who, path, is_open) => {
            let new = Name { owner: Some(*who), is_directory: true, is_open: *is_open };
            let authorizer = if *is_open { anyone() } else { nobody() };
            let is = make_directory(&me(who), path, authorizer).map_err(refusal);
            [is.map(|()| None), model.add(*who, path, new).map(|()| None)]
        }
        Step::Detach(who, path) => {
            let is = detach(&me(who), path).map_err(refusal);
            [is.map(|()| None), model.detach(*who, path).map(|()| None)]
        }
        Step::Import(who, path) => {
            let is = import_domain(&me(who), path).map_err(refusal);
            [is.map(|domain| Some(domain.id().number())), model.import(*who, path)]
        }
        Step::End(who) => {
            withdraw(&authority(), code(*who));
            assert_eq!(withdraw(&authority(), code(*who)), 0);
            model.end(*who);
            [Ok(None), Ok(None)]
        }
        Step::Begin(who) => {
            if model.loaded.insert(*who) {
                admit(&authority(), &me(who), code(*who));
            }
            [Ok(None), Ok(None)]
        }
    }
}

fn same(model: &Model) -> Result<(), TestCaseError> {
    let there = list_below(FIELD).expect("the kernel's");
    let count = there.len();
    let there: BTreeMap<_, _> = there.into_iter().map(|name| (name.path, (name.kind, name.owner))).collect();
    prop_assert_eq!(there.len(), count);
    prop_assert_eq!(there, model.listed());
    Ok(())
}

fn plant() {
    let kernel = Identity::new(&authority(), DomainId::new(&authority(), 0), "kernel");
    serve(&authority(), &kernel);
    make_directory(&kernel, FIELD, anyone()).expect("free");
}

#[test]
fn the_nameserver_is_like_its_model() {
    let _core = GRACE.register_thread();
    plant();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let runs = runner.run(&proptest::collection::vec(step(), 1..120), |steps| {
        let mut model = Model::default();
        model.names.insert(FIELD.into(), Name { owner: Some(0), is_directory: true, is_open: true });
        for step in steps {
            let [is, ought] = both(&step, &mut model);
            prop_assert_eq!(is, ought, "{:?}", step);
            same(&model)?;
        }
        let _names: usize = (1..=WHO).map(|who| withdraw(&authority(), code(who))).sum();
        prop_assert_eq!(list_below(FIELD).map(|names| names.len()), Ok(0));
        Ok(())
    });
    runs.expect("the same");
}

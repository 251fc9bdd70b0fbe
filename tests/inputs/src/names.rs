//! What extensions do with names: whatever they do, in any order, nobody's name is touched by another.
//!
//! A byte says what is done and by whom; the next, and as many more as it says, are the path.
#![expect(unsafe_code, reason = "stands in for the kernel and mints its proof")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Mutex, Once};

use spindle_domain::{Domain, DomainId, Identity, Rights};
use spindle_nameserver::{
    Authorizer, Listed, MAX_NAMES, NameError, admit, anyone, detach, export_domain, import_domain, list,
    list_below, make_directory, namesake, nobody, only, serve, withdraw,
};
use spindle_sync::{Authority, GRACE};

/// Where all of it happens that isn't to happen elsewhere.
const FIELD: &str = "/svc/objects/field";
/// How many extensions there are.
const WHO: u32 = 3;
/// What short paths are made of.
const LETTERS: &[u8; 8] = b"/ab-.//z";

/// There is one tree of names, and so one run at a time.
static TREE: Mutex<()> = Mutex::new(());

fn authority() -> Authority {
    // SAFETY: stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn identity(who: u32) -> Identity {
    Identity::new(&authority(), DomainId::new(&authority(), who), &format!("extension-{who}"))
}

fn code(who: u32) -> Range<usize> {
    let start = 0x1000 * who as usize;
    start..start + 0x1000
}

fn plant() {
    static PLANTED: Once = Once::new();
    PLANTED.call_once(|| {
        let kernel = Identity::new(&authority(), DomainId::new(&authority(), 0), "kernel");
        serve(&authority(), &kernel);
        make_directory(&kernel, FIELD, anyone()).expect("free");
    });
}

/// All names, with whose they are.
fn names() -> BTreeMap<String, Listed> {
    let all = list_below("/").expect("the kernel's");
    let count = all.len();
    let all: BTreeMap<String, Listed> = all.into_iter().map(|name| (name.path.clone(), name)).collect();
    assert_eq!(all.len(), count, "a name is there twice");
    all
}

/// Takes `bytes` as what three extensions do.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(bytes: &[u8]) {
    let _one = TREE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    std::thread_local! {
        static CORE: () = { core::mem::forget(GRACE.register_thread()); };
    }
    CORE.with(|()| {});
    plant();
    let before = names();
    let mut loaded = BTreeSet::new();
    let mut rest = bytes;
    while let [what, length, more @ ..] = rest {
        let (path, more) = more.split_at(more.len().min(usize::from(length & 0x3f)));
        rest = more;
        let who = 1 + u32::from(what >> 3) % WHO;
        step(what & 7, who, &spelt(*length, path), &mut loaded);
    }
    for who in 1..=WHO {
        withdraw(&authority(), code(who));
        assert_eq!(withdraw(&authority(), code(who)), 0, "something was left");
    }
    assert_eq!(names(), before, "an extension has ended and its names stay");
}

/// A path that is short and often good, or just these bytes.
fn spelt(how: u8, bytes: &[u8]) -> String {
    if how & 0x80 != 0 {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let letters = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 8)]));
    format!("{FIELD}/{}", letters.collect::<String>())
}

fn authorizer(letter: usize) -> Authorizer {
    match letter % 4 {
        0 => anyone(),
        1 => nobody(),
        2 => namesake(),
        _ => only(&["extension-2"]),
    }
}

fn step(what: u8, who: u32, path: &str, loaded: &mut BTreeSet<u32>) {
    let (me, name) = (identity(who), format!("extension-{who}"));
    let before = names();
    let done = match what {
        0 | 1 => {
            let domain = Domain::new(&authority(), me.id(), Rights::IMPORT);
            export_domain(&me, path, domain, authorizer(path.len()))
        }
        2 => make_directory(&me, path, authorizer(path.len())),
        3 => detach(&me, path),
        4 => imported(&me, path, &before),
        5 => {
            if loaded.insert(who) {
                admit(&authority(), &me, code(who));
            }
            Ok(())
        }
        6 => {
            loaded.remove(&who);
            withdraw(&authority(), code(who));
            assert!(names().values().all(|found| found.owner != name), "{name} has ended");
            return;
        }
        _ => list(path).map(drop),
    };
    let after = names();
    // Of others' names none went, none came and none changed, but for those that were nobody's.
    let of_others = |all: &BTreeMap<String, Listed>| -> Vec<Listed> {
        all.values().filter(|found| found.owner != name && found.owner != "nobody").cloned().collect()
    };
    assert_eq!(of_others(&before), of_others(&after), "{name} at {path:?}");
    assert!(after.values().filter(|found| found.owner == name).count() <= MAX_NAMES);
    assert!(loaded.contains(&who) || what > 4 || done.is_err(), "{name} isn't loaded");
    match done {
        Err(error) => {
            assert_eq!(before, after, "refused but done: {error}");
            assert!(error.to_string().chars().all(|letter| !letter.is_control()));
        }
        Ok(()) if what <= 2 => {
            assert!(after.get(path).is_some_and(|found| found.owner == name));
            assert!(before.get(path).is_none_or(|found| found.owner == "nobody"), "{path} was replaced");
        }
        Ok(()) if what == 3 => assert!(before.get(path).is_some_and(|found| found.owner == name)),
        Ok(()) => {}
    }
}

/// What is imported is what its owner exported.
fn imported(me: &Identity, path: &str, names: &BTreeMap<String, Listed>) -> Result<(), NameError> {
    let domain = import_domain(me, path)?;
    let owner = names.get(path).map(|found| &*found.owner);
    assert_eq!(owner, Some(&*format!("extension-{}", domain.id().number())));
    assert!(domain.rights() == Rights::IMPORT);
    Ok(())
}

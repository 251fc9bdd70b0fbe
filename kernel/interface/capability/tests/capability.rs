//! Capabilities from issue to end, with a test in the kernel's place.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spindle_capability::{
    AnyCapability, Capability, Issued, Issuer, MOST_SLOTS, Reference, ReferenceError, References, Revoked,
    WrongType, withdraw,
};
use spindle_sync::grace::Reader;
use spindle_sync::{Authority, GRACE};

/// One test at a time: there is one list of what is issued.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> (MutexGuard<'static, ()>, Reader) {
    (TURN.lock().unwrap_or_else(PoisonError::into_inner), GRACE.register_thread())
}

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

/// Has what was retired dropped.
fn settle(core: &mut Reader) {
    for _ in 0..4 {
        core.quiet();
        GRACE.reclaim();
    }
}

fn send<T: Send + Sync + Clone + std::fmt::Debug>(_: &T) {}

#[test]
fn the_owner_revokes_one_and_the_others_stay() {
    static ISSUER: Issuer = Issuer::new();
    let (_turn, _core) = turn();
    let (one, other) = (ISSUER.issue(1), ISSUER.issue(2));
    let (first, second) = (one.capability(), other.capability());
    send(&first);
    let third = first.clone();
    assert!(one.revoke() && !one.revoke() && one.is_revoked());
    assert_eq!((first.with(|it| *it), third.with(|it| *it)), (Err(Revoked), Err(Revoked)));
    assert_eq!(second.with(|it| *it), Ok(2));
    assert!(first == third && first != second && first.is_revoked() && !second.is_revoked());
    assert_eq!(one.capability().with(|_| ()), Err(Revoked));
}

#[test]
fn an_issuer_revokes_all_of_its_own_and_nothing_else() {
    static ISSUER: Issuer = Issuer::new();
    static OTHER: Issuer = Issuer::new();
    let (_turn, mut core) = turn();
    let capabilities: Vec<Capability<u32>> = (0..3).map(|number| ISSUER.issue(number).capability()).collect();
    let (text, other) = (ISSUER.issue("text"), OTHER.issue(7));
    assert!(text.revoke());
    assert_eq!(ISSUER.revoke_all(), 3);
    assert!(capabilities.iter().all(Capability::is_revoked));
    assert_eq!((other.capability().with(|it| *it), ISSUER.revoke_all()), (Ok(7), 0));
    settle(&mut core);
    assert_eq!(ISSUER.revoke_all(), 0);
}

#[test]
fn the_kernel_revokes_all_of_some_code_and_finds_them_until_they_are_dropped() {
    static ISSUER: Issuer = Issuer::new();
    let (_turn, mut core) = turn();
    settle(&mut core);
    let authority = authority();
    let all = || withdraw(&authority, 0..usize::MAX);
    assert_eq!(all(), 0);
    let (kept, lost) = (ISSUER.issue(1), ISSUER.issue(2));
    drop(lost);
    assert_eq!(withdraw(&authority, 0..1), 0);
    assert_eq!(kept.capability().with(|it| *it), Ok(1));
    assert_eq!((all(), all()), (2, 2));
    assert_eq!(kept.capability().with(|it| *it), Err(Revoked));
    settle(&mut core);
    assert_eq!(all(), 0);
}

#[test]
fn a_value_that_issues_another_when_it_is_dropped_is_found_again() {
    struct Again(u32);

    static ISSUER: Issuer = Issuer::new();

    impl Drop for Again {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                let _ = ISSUER.issue(Again(left)).revoke();
            }
        }
    }

    let (_turn, mut core) = turn();
    settle(&mut core);
    let authority = authority();
    drop(ISSUER.issue(Again(3)));
    let mut rounds = 0;
    while withdraw(&authority, 0..usize::MAX) != 0 {
        rounds += 1;
        core.quiet();
        GRACE.reclaim();
    }
    assert!(rounds >= 4, "each of four is found: {rounds}");
}

#[test]
fn a_value_is_dropped_when_revoked_or_no_longer_held_but_not_while_it_is_used() {
    static ISSUER: Issuer = Issuer::new();
    let (_turn, mut core) = turn();
    let value = Arc::new(7);
    let issued = ISSUER.issue_shared(value.clone());
    let capability = issued.capability();
    drop(issued);
    settle(&mut core);
    assert_eq!((capability.with(|it| *it), Arc::strong_count(&value)), (Ok(7), 2));
    let used = capability.with(|it| {
        assert_eq!(ISSUER.revoke_all(), 1);
        GRACE.reclaim();
        GRACE.reclaim();
        *it
    });
    assert_eq!((used, Arc::strong_count(&value)), (Ok(7), 2));
    settle(&mut core);
    assert_eq!(Arc::strong_count(&value), 1);
    drop(ISSUER.issue_shared(value.clone()).capability());
    settle(&mut core);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_static_is_lent_for_each_use() {
    static ISSUER: Issuer = Issuer::new();
    static BELL: AtomicU32 = AtomicU32::new(0);
    let (_turn, _core) = turn();
    let issued: Issued<AtomicU32> = ISSUER.issue_static(&BELL);
    assert_eq!(issued.capability().with(|bell| bell.fetch_add(1, Ordering::Relaxed)), Ok(0));
    assert!(issued.revoke());
    assert_eq!(issued.capability().with(|_| ()), Err(Revoked));
    assert_eq!(BELL.load(Ordering::Relaxed), 1);
}

#[test]
fn a_capability_without_its_type_is_asked_for_it() {
    static ISSUER: Issuer = Issuer::new();
    let (_turn, _core) = turn();
    let issued = ISSUER.issue(7_u32);
    let any: AnyCapability = issued.capability().into();
    send(&any);
    assert_eq!(any.typed::<u64>(), Err(WrongType { wanted: "u64".into() }));
    let typed = any.typed::<u32>();
    assert_eq!(typed.as_ref().map(|number| number.with(|it| *it)), Ok(Ok(7)));
    assert!(typed == Ok(issued.capability()) && any == issued.capability().erase());
}

#[test]
fn a_table_names_what_it_holds_and_nothing_else() {
    static ISSUER: Issuer = Issuer::new();
    let (_turn, _core) = turn();
    let (one, other) = (ISSUER.issue(1_u8), ISSUER.issue('a'));
    let table = References::new(2).expect("few slots");
    let reference = table.externalize(one.capability()).expect("room");
    assert_eq!(table.externalize(one.capability()), Ok(reference));
    assert_eq!(
        table.externalize_at(reference.slot(), other.capability()),
        Err(ReferenceError::Occupied { by: reference })
    );
    assert_eq!(table.internalize::<u8>(reference).map(|number| number.with(|it| *it)), Ok(Ok(1)));
    assert!(one.revoke());
    assert_eq!(table.internalize::<u8>(reference).map(|number| number.with(|it| *it)), Ok(Err(Revoked)));
    assert!(table.delete(reference).is_ok());
    assert_eq!(table.internalize_any(reference), Err(ReferenceError::Stale { reference }));
    let again = table.externalize_at(reference.slot(), other.capability()).expect("it is empty");
    assert!(again != reference && again.slot() == reference.slot());
    assert_eq!(table.internalize_any(reference), Err(ReferenceError::Stale { reference }));
    let unknown = Reference::from_number(0);
    assert_eq!(table.delete(unknown), Err(ReferenceError::Unknown { reference: unknown }));
}

#[test]
fn a_table_has_as_many_slots_as_it_was_made_with() {
    static ISSUER: Issuer = Issuer::new();
    let (_turn, _core) = turn();
    let slots = MOST_SLOTS + 1;
    assert_eq!(References::new(slots).err(), Some(ReferenceError::TooLarge { slots }));
    let none = References::new(0).expect("few slots");
    assert_eq!(none.externalize(ISSUER.issue(0).capability()), Err(ReferenceError::Full { slots: 0 }));
    let (table, copy) =
        (References::new(MOST_SLOTS).expect("so many"), References::new(100).expect("few slots"));
    for number in 0..130 {
        let reference = table.externalize(ISSUER.issue(number).capability()).expect("room");
        assert_eq!(reference.slot(), number);
        let copied = table.copy(reference, &copy);
        assert_eq!(copied.is_ok(), number < 100, "{copied:?}");
    }
    let last = MOST_SLOTS - 1;
    let reference = table.externalize_at(last, ISSUER.issue(0).capability()).expect("room");
    assert_eq!((reference.slot(), table.len(), copy.len()), (last, 131, 100));
    assert_eq!((table.clear(), table.len(), copy.clear()), (131, 0, 100));
    assert_eq!(table.internalize_any(reference), Err(ReferenceError::Stale { reference }));
}

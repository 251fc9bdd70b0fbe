//! Names of code that takes the place of other code, with a test in the kernel's place.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::ops::Range;

use spindle_domain::{DomainId, Identity, OpenError, names};
use spindle_event::{Event, Max, Owner, Sum};
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
// Of three types, so that what raises them by name lies in three places, as if of three domains.
static OLD: Event<u8, u32, Sum> = Event::new("old", &OWNER).open_to_all();
static NEW: Event<u8, u32, Max> = Event::new("new", &OWNER).open_to_all();
static OTHER: Event<u16, u32, Sum> = Event::new("other", &OWNER).open_to_all();

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn code_of(name: &str) -> Range<usize> {
    let code = names::opened(&authority()).into_iter().find(|info| info.name == name).expect("open").code;
    code..code + 1
}

fn raise(name: &str) -> Option<String> {
    names::raise(&authority(), name, "1").ok()
}

/// One test, since there is one list of names.
#[test]
fn an_understudys_names_wait_and_take_the_place_of_the_old_ones() {
    let _core = GRACE.register_thread();
    let authority = authority();
    let me = Identity::new(&authority, DomainId::new(&authority, 3), "under-test");
    OLD.install(|_| 1).unwrap();
    NEW.install(|_| 2).unwrap();
    OTHER.install(|_| 3).unwrap();
    let taken = |name: &str| Err(OpenError::Taken { name: name.into() });

    me.open("probe", &NEW).unwrap();
    let new = code_of("probe");
    assert_eq!(names::withdraw(&authority, new.clone()), 1);
    me.open("service", &OLD).unwrap();
    me.open("status", &OLD).unwrap();
    me.open("other", &OTHER).unwrap();
    let old = code_of("service");

    // One that fails.
    names::begin_understudy(&authority, new.clone(), old.clone());
    me.open("service", &NEW).unwrap();
    assert_eq!(me.open("other", &NEW), taken("other"));
    names::end_understudy(&authority, &new);
    assert_eq!(raise("service"), Some("1".into()));
    assert_eq!(names::opened(&authority).len(), 3);

    // One that takes over.
    names::begin_understudy(&authority, new.clone(), old);
    me.open("service", &NEW).unwrap();
    me.open("extra", &NEW).unwrap();
    assert_eq!(me.open("extra", &NEW), taken("extra"));
    assert_eq!(me.open("extra", &OTHER), taken("extra"));
    assert_eq!((raise("service"), raise("extra")), (Some("1".into()), None));
    assert_eq!(names::take_over(&authority, &new), 2);
    assert_eq!(raise("service"), Some("Ok(2)".into()));
    assert_eq!(
        (raise("extra"), raise("status"), raise("other")),
        (Some("Ok(2)".into()), None, Some("3".into()))
    );
    assert_eq!(names::take_over(&authority, &new), 0);
    me.open("later", &NEW).unwrap();
    assert_eq!(raise("later"), Some("Ok(2)".into()));
}

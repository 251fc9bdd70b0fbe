//! Events opened to text, with a test in the kernel's place.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use spindle_domain::{DomainId, Identity, OpenError, TextError, names};
use spindle_event::{Event, Owner, Sum};
use spindle_sync::{Authority, GRACE};

static OWNER: Owner = Owner::new();
static DOUBLE: Event<u32, u32, Sum> = Event::new("double", &OWNER).open_to_all();
static TELL: Event<u32> = Event::new("tell", &OWNER).open_to_all();

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

#[test]
fn an_event_is_raised_by_name_with_text_until_its_code_is_withdrawn() {
    let _core = GRACE.register_thread();
    let authority = authority();
    let identity = Identity::new(&authority, DomainId::new(&authority, 3), "under-test");
    assert_eq!((identity.id().number(), identity.name()), (3, "under-test"));
    let _ = DOUBLE.install(|number| number * 2).unwrap();

    assert_eq!(identity.open("two words", &TELL), Err(OpenError::NotAWord { name: "two words".into() }));
    assert_eq!(identity.open("", &TELL), Err(OpenError::NotAWord { name: "".into() }));
    assert_eq!(identity.open("double", &DOUBLE), Ok(()));
    assert_eq!(identity.open("double", &TELL), Err(OpenError::Taken { name: "double".into() }));
    assert_eq!(identity.open("tell", &TELL), Ok(()));

    assert_eq!(names::raise(&authority, "double", "21"), Ok("42".into()));
    assert_eq!(names::raise(&authority, "tell", "21"), Ok(String::new()));
    assert_eq!(names::raise(&authority, "treble", "21"), Err(TextError::Unknown { name: "treble".into() }));
    let unreadable = names::raise(&authority, "double", "many").unwrap_err();
    assert!(
        matches!(&unreadable, TextError::Unreadable { name, text, .. } if name == "double" && text == "many")
    );

    let opened = names::opened(&authority);
    let opened: Vec<_> = opened.into_iter().filter(|info| info.domain == identity.id()).collect();
    assert_eq!(opened.iter().map(|info| &*info.name).collect::<Vec<_>>(), ["double", "tell"]);
    assert_eq!(names::withdraw(&authority, opened[0].code..opened[0].code + 1), 1);
    assert_eq!(names::raise(&authority, "double", "1"), Err(TextError::Unknown { name: "double".into() }));
    assert_eq!(names::raise(&authority, "tell", "1"), Ok(String::new()));
}

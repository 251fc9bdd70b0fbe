//! Extensions that come, go, export and import on four cores at once.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;

use spindle_domain::{Domain, DomainId, Identity, Rights};
use spindle_nameserver::{
    NameError, admit, anyone, asking, detach, export_domain, import_domain, list_below, make_directory,
    serve, withdraw,
};
use spindle_sync::{Authority, GRACE};

const PATH: &str = "/svc/objects/owner";
const NAME: &str = "/svc/objects/owner/name";

/// How often the owner comes and goes at least.
const LIVES: u32 = 500;

/// The number of the owner that is loaded; 0 from when its names are withdrawn until the next is admitted.
static LOADED: AtomicU32 = AtomicU32::new(0);
static IS_OVER: AtomicBool = AtomicBool::new(false);
static ADMITTED: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn identity(number: u32, name: &str) -> Identity {
    Identity::new(&authority(), DomainId::new(&authority(), number), name)
}

/// Each life exports its own number, and admits even numbers only.
fn live(number: u32) {
    let me = identity(number, "owner");
    let code = number as usize * 16..number as usize * 16 + 16;
    admit(&authority(), &me, code.clone());
    LOADED.store(number, Ordering::SeqCst);
    let held = Domain::new(&authority(), me.id(), Rights::IMPORT);
    make_directory(&me, PATH, anyone()).expect("nobody else may");
    export_domain(&me, NAME, held, asking(|request| request.id().number().is_multiple_of(2)))
        .expect("nobody else may");
    if number.is_multiple_of(3) {
        detach(&me, NAME).expect("its own");
    }
    LOADED.store(0, Ordering::SeqCst);
    withdraw(&authority(), code.clone());
    assert_eq!(withdraw(&authority(), code), 0);
    let gone = export_domain(&me, NAME, held, anyone());
    assert_eq!(gone, Err(NameError::NotLoaded { extension: "owner".into() }));
}

/// Imports, adds and takes off, as an extension that stays.
fn visit(number: u32) {
    let me = identity(number, &format!("visitor-{number}"));
    admit(&authority(), &me, 0..0);
    let mine = format!("{PATH}/{number}");
    let held = Domain::new(&authority(), me.id(), Rights::NONE);
    while !IS_OVER.load(Ordering::SeqCst) {
        let before = LOADED.load(Ordering::SeqCst);
        let imported = import_domain(&me, NAME);
        let after = LOADED.load(Ordering::SeqCst);
        match imported {
            Ok(domain) => {
                assert_eq!(number % 2, 0, "an odd one was admitted");
                // Not of a life that was over before, nor of one to come.
                assert!(domain.id().number() >= before && (after == 0 || domain.id().number() <= after));
                ADMITTED.fetch_add(1, Ordering::Relaxed);
            }
            Err(NameError::Refused { .. }) => {
                assert_eq!(number % 2, 1, "an even one was refused");
                REFUSED.fetch_add(1, Ordering::Relaxed);
            }
            Err(NameError::NotFound { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        let added = export_domain(&me, &mine, held, anyone());
        if added.is_ok() {
            assert_eq!(detach(&me, &mine), Ok(()), "nobody else takes it off");
        }
    }
}

#[test]
fn names_are_right_whatever_the_others_do() {
    let _core = GRACE.register_thread();
    serve(&authority(), &identity(0, "kernel"));
    thread::scope(|scope| {
        for number in 1_000_001..1_000_004 {
            scope.spawn(move || {
                let _core = GRACE.register_thread();
                visit(number);
            });
        }
        let is_enough = |number| {
            number > LIVES && ADMITTED.load(Ordering::Relaxed) > 0 && REFUSED.load(Ordering::Relaxed) > 0
        };
        (1..1_000_000).take_while(|number| !is_enough(*number)).for_each(live);
        IS_OVER.store(true, Ordering::SeqCst);
    });
    assert_eq!(list_below("/svc/objects"), Ok(Vec::new()));
    let (admitted, refused) = (ADMITTED.load(Ordering::Relaxed), REFUSED.load(Ordering::Relaxed));
    assert!(admitted > 0 && refused > 0, "{admitted} admitted, {refused} refused");
}

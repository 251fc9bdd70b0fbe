//! Names, with a test in the kernel's place: whose they are, who is asked, who is let in.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};

use spindle_capability::{Issuer, Revoked};
use spindle_domain::{Domain, DomainId, Identity, Rights};
use spindle_event::{End, Event, Owner, Sum};
use spindle_nameserver::{
    Kind, MAX_NAMES, NameError, PathError, Wants, admit, anyone, asking, detach, export, export_domain,
    export_event, import, import_domain, list, list_below, make_directory, namesake, nobody, only, serve,
    withdraw,
};
use spindle_sync::boundary::overrun_here;
use spindle_sync::{Authority, GRACE};

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

fn kernel() -> Identity {
    static SERVED: Once = Once::new();
    let kernel = Identity::new(&authority(), DomainId::new(&authority(), 0), "kernel");
    SERVED.call_once(|| serve(&authority(), &kernel));
    kernel
}

/// An extension that is loaded, with where its code is.
struct Extension {
    me: Identity,
    code: std::ops::Range<usize>,
}

impl Extension {
    fn load(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        kernel();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let me = Identity::new(&authority(), DomainId::new(&authority(), number), name);
        let start = 0x1000 * number as usize;
        admit(&authority(), &me, start..start + 0x1000);
        Self { me, code: start..start + 0x1000 }
    }

    fn unload(&self) -> usize {
        withdraw(&authority(), self.code.clone())
    }
}

fn domain(rights: Rights) -> Domain {
    Domain::new(&authority(), DomainId::new(&authority(), 77), rights)
}

fn text(path: &str) -> String {
    path.into()
}

#[test]
fn the_authorizer_is_asked_at_each_import_and_sees_who_asks() {
    let _core = GRACE.register_thread();
    let (server, friend, stranger) =
        (Extension::load("server"), Extension::load("friend"), Extension::load("stranger"));
    let path = "/svc/domains/server";
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = seen.clone();
    let authorizer = asking(move |request| {
        assert_eq!((request.path(), request.wants()), ("/svc/domains/server", Wants::Domain));
        notes.lock().unwrap().push((request.id(), request.name().to_owned()));
        request.name() == "friend"
    });
    let held = domain(Rights::IMPORT | Rights::DESTROY);
    assert_eq!(export_domain(&server.me, path, held, authorizer), Ok(()));
    let refused = Err(NameError::Refused { path: text(path), owner: text("server") });
    for _ in 0..2 {
        assert_eq!(import_domain(&friend.me, path), Ok(held));
        assert_eq!(import_domain(&stranger.me, path), refused);
        assert_eq!(import_domain(&server.me, path), refused);
    }
    let asked = [(friend.me.id(), text("friend")), (stranger.me.id(), text("stranger"))];
    let own = (server.me.id(), text("server"));
    let round = [asked.as_slice(), &[own]].concat();
    assert_eq!(*seen.lock().unwrap(), [round.clone(), round].concat());
}

#[test]
fn nobody_replaces_or_takes_off_anothers_name() {
    let _core = GRACE.register_thread();
    let (owner, squatter) = (Extension::load("owner"), Extension::load("squatter"));
    let path = "/svc/objects/owner";
    make_directory(&owner.me, path, anyone()).unwrap();
    let inner = "/svc/objects/owner/thing";
    export_domain(&owner.me, inner, domain(Rights::IMPORT), anyone()).unwrap();
    let exists = |path: &str| Err(NameError::Exists { path: text(path), owner: text("owner") });
    assert_eq!(export_domain(&squatter.me, inner, domain(Rights::ALL), anyone()), exists(inner));
    assert_eq!(make_directory(&squatter.me, path, anyone()), exists(path));
    assert_eq!(make_directory(&owner.me, path, anyone()), exists(path));
    let not_yours =
        |path: &str, owner: &str| Err(NameError::NotYours { path: text(path), owner: text(owner) });
    assert_eq!(detach(&squatter.me, inner), not_yours(inner, "owner"));
    assert_eq!(detach(&squatter.me, path), not_yours(path, "owner"));
    assert_eq!(detach(&squatter.me, "/svc/domains"), not_yours("/svc/domains", "kernel"));
    assert_eq!(detach(&squatter.me, "/"), not_yours("/", "kernel"));
    // Who lets others add names can't take them off either.
    let guest = "/svc/objects/owner/guest";
    export_domain(&squatter.me, guest, domain(Rights::NONE), nobody()).unwrap();
    assert_eq!(detach(&owner.me, guest), not_yours(guest, "squatter"));
    assert_eq!(detach(&owner.me, inner), Ok(()));
    assert_eq!(detach(&owner.me, path), Err(NameError::NotEmpty { path: text(path), names: 1 }));
    assert_eq!(detach(&squatter.me, guest), Ok(()));
    assert_eq!(detach(&owner.me, path), Ok(()));
    assert_eq!(detach(&owner.me, path), Err(NameError::NotFound { path: text(path) }));
}

#[test]
fn in_the_kernels_directories_an_extension_has_its_own_name_and_no_other() {
    let _core = GRACE.register_thread();
    let squatter = Extension::load("early");
    let may_not = |path: &str| Err(NameError::MayNotAdd { path: text(path), owner: text("kernel") });
    for path in ["/svc/domains/late", "/svc/events/SpinPublic", "/svc/early", "/early", "/svc/objects/early2"]
    {
        assert_eq!(export_domain(&squatter.me, path, domain(Rights::ALL), anyone()), may_not(path), "{path}");
    }
    let root = NameError::Exists { path: text("/"), owner: text("kernel") };
    assert_eq!(make_directory(&squatter.me, "/", anyone()), Err(root));
    for path in ["/svc/domains/early", "/svc/events/early", "/svc/objects/early"] {
        assert_eq!(export_domain(&squatter.me, path, domain(Rights::ALL), anyone()), Ok(()));
    }
    let below = "/svc/domains/early/x";
    let no_directory = NameError::NotADirectory { path: text("/svc/domains/early"), kind: Kind::Domain };
    assert_eq!(export_domain(&squatter.me, below, domain(Rights::ALL), anyone()), Err(no_directory));
}

#[test]
fn an_identity_is_good_as_long_as_its_extension_is_loaded() {
    let _core = GRACE.register_thread();
    let (brief, heir) = (Extension::load("brief"), Extension::load("heir"));
    let path = "/svc/domains/brief";
    export_domain(&brief.me, path, domain(Rights::ALL), anyone()).unwrap();
    assert!(import_domain(&heir.me, path).is_ok());
    assert_eq!(brief.unload(), 1);
    let not_found = NameError::NotFound { path: text(path) };
    assert_eq!(import_domain(&heir.me, path), Err(not_found));
    let gone = NameError::NotLoaded { extension: text("brief") };
    assert_eq!(export_domain(&brief.me, path, domain(Rights::ALL), anyone()), Err(gone.clone()));
    assert_eq!(make_directory(&brief.me, path, anyone()), Err(gone.clone()));
    assert_eq!(import_domain(&brief.me, "/svc/domains"), Err(gone.clone()));
    assert_eq!(detach(&brief.me, "/svc/domains"), Err(gone));
    assert_eq!(brief.unload(), 0);
    // The next one of that name begins anew.
    let next = Extension::load("brief");
    assert_eq!(export_domain(&next.me, path, domain(Rights::ALL), anyone()), Ok(()));
}

#[test]
fn a_directory_with_names_of_others_outlives_its_owner_and_is_taken_over() {
    let _core = GRACE.register_thread();
    let (host, guest) = (Extension::load("host"), Extension::load("guest"));
    let path = "/svc/objects/host";
    make_directory(&host.me, path, anyone()).unwrap();
    make_directory(&guest.me, "/svc/objects/host/room", anyone()).unwrap();
    export_domain(&host.me, "/svc/objects/host/room/key", domain(Rights::ALL), anyone()).unwrap();
    assert_eq!(host.unload(), 2);
    let names: Vec<_> =
        list_below("/svc/objects/host").unwrap().into_iter().map(|name| (name.path, name.owner)).collect();
    assert_eq!(names, [(text("/svc/objects/host/room"), text("guest"))]);
    let listed = list("/svc/objects").unwrap().into_iter().find(|name| name.path == path).unwrap();
    assert_eq!((listed.owner.as_str(), listed.kind), ("nobody", Kind::Directory));
    // Closed to all, and to be had by who could have made it.
    let late = "/svc/objects/host/late";
    let closed = NameError::MayNotAdd { path: text(late), owner: text("nobody") };
    assert_eq!(export_domain(&guest.me, late, domain(Rights::ALL), anyone()), Err(closed));
    let not_guests = NameError::MayNotAdd { path: text(path), owner: text("kernel") };
    assert_eq!(make_directory(&guest.me, path, anyone()), Err(not_guests));
    let next = Extension::load("host");
    let no_directory = NameError::Exists { path: text(path), owner: text("nobody") };
    assert_eq!(export_domain(&next.me, path, domain(Rights::ALL), anyone()), Err(no_directory));
    assert_eq!(make_directory(&next.me, path, nobody()), Ok(()));
    next.unload();
    // With the last name in it it goes.
    assert_eq!(detach(&guest.me, "/svc/objects/host/room"), Ok(()));
    assert!(list("/svc/objects").unwrap().iter().all(|name| name.path != path));
}

#[test]
fn a_directorys_authorizer_decides_who_adds_what() {
    let _core = GRACE.register_thread();
    let (mall, shop, thief) = (Extension::load("mall"), Extension::load("shop"), Extension::load("thief"));
    let open = asking(|request| request.wants() == Wants::Add(Kind::Domain) && request.name() == "shop");
    make_directory(&mall.me, "/svc/events/mall", open).unwrap();
    let path = "/svc/events/mall/bread";
    let may_not = NameError::MayNotAdd { path: text(path), owner: text("mall") };
    let give = |who: &Extension| export_domain(&who.me, path, domain(Rights::ALL), anyone());
    assert_eq!(give(&thief), Err(may_not.clone()));
    assert_eq!(make_directory(&shop.me, path, anyone()), Err(may_not));
    assert_eq!(give(&shop), Ok(()));
    make_directory(&mall.me, "/svc/events/mall/stalls", namesake()).unwrap();
    assert_eq!(make_directory(&thief.me, "/svc/events/mall/stalls/thief", only(&["shop"])), Ok(()));
    let inner = "/svc/events/mall/stalls/thief/loot";
    assert_eq!(export_domain(&shop.me, inner, domain(Rights::ALL), only(&["mall"])), Ok(()));
    assert!(import_domain(&mall.me, inner).is_ok());
    let refused = NameError::Refused { path: text(inner), owner: text("shop") };
    assert_eq!(import_domain(&thief.me, inner), Err(refused));
}

#[test]
fn an_authorizer_that_fails_admits_nobody() {
    let _core = GRACE.register_thread();
    let (broken, visitor) = (Extension::load("broken"), Extension::load("visitor"));
    let gave_up = |path: &str, end| NameError::GaveUp { path: text(path), owner: text("broken"), end };
    make_directory(&broken.me, "/svc/objects/broken", asking(|_| overrun_here())).unwrap();
    let path = "/svc/objects/broken/panics";
    let panics = asking(|request| panic!("asked by {}", request.name()));
    export_domain(&broken.me, path, domain(Rights::ALL), panics).unwrap();
    assert_eq!(import_domain(&visitor.me, path), Err(gave_up(path, End::Panicked)));
    let slow = "/svc/objects/broken/slow";
    assert_eq!(make_directory(&visitor.me, slow, anyone()), Err(gave_up(slow, End::Overran)));
}

#[test]
fn a_name_that_goes_while_its_authorizer_decides_is_not_imported() {
    let _core = GRACE.register_thread();
    let (fickle, keen) = (Extension::load("fickle"), Extension::load("keen"));
    let path = "/svc/objects/fickle";
    let (me, asked) = (fickle.me.clone(), Arc::new(AtomicUsize::new(0)));
    let count = asked.clone();
    let authorizer = asking(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        detach(&me, path).is_ok()
    });
    export_domain(&fickle.me, path, domain(Rights::ALL), authorizer).unwrap();
    assert_eq!(import_domain(&keen.me, path), Err(NameError::NotFound { path: text(path) }));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // A directory that has changed hands meanwhile takes nothing either.
    let me = fickle.me.clone();
    let swaps = asking(move |_| {
        detach(&me, path).unwrap();
        make_directory(&me, path, nobody()).is_ok()
    });
    make_directory(&fickle.me, path, swaps).unwrap();
    let inner = "/svc/objects/fickle/x";
    let not_found = Err(NameError::NotFound { path: text(path) });
    assert_eq!(export_domain(&keen.me, inner, domain(Rights::ALL), anyone()), not_found);
    assert_eq!(list(path), Ok(Vec::new()));
}

#[test]
fn what_an_extension_has_is_bounded_and_another_is_not_charged_for_it() {
    let _core = GRACE.register_thread();
    let (greedy, modest) = (Extension::load("greedy"), Extension::load("modest"));
    make_directory(&greedy.me, "/svc/objects/greedy", anyone()).unwrap();
    let export = |who: &Extension, number: usize| {
        export_domain(&who.me, &format!("/svc/objects/greedy/{number}"), domain(Rights::ALL), anyone())
    };
    (1..MAX_NAMES).for_each(|number| export(&greedy, number).unwrap());
    let too_many = NameError::TooMany { path: text("/svc/objects/greedy/999"), most: MAX_NAMES };
    assert_eq!(export(&greedy, 999), Err(too_many));
    assert_eq!(export(&modest, 999), Ok(()));
    detach(&greedy.me, "/svc/objects/greedy/7").unwrap();
    assert_eq!(export(&greedy, 7), Ok(()));
    assert_eq!(greedy.unload(), MAX_NAMES);
}

#[test]
fn what_is_no_path_or_no_directory_is_said() {
    let _core = GRACE.register_thread();
    let odd = Extension::load("odd");
    let invalid = |path: &str, cause| NameError::Invalid { path: path.chars().take(255).collect(), cause };
    let long = "/x".repeat(1000);
    for (path, cause) in [
        ("svc", PathError::Relative),
        ("/svc/../svc", PathError::Dots),
        ("/svc//x", PathError::EmptyComponent),
        ("/svc/a b", PathError::Letter { letter: ' ' }),
        (&long, PathError::TooLong { bytes: 2000 }),
    ] {
        assert_eq!(detach(&odd.me, path), Err(invalid(path, cause)));
        assert_eq!(list(path), Err(invalid(path, cause)));
        assert_eq!(import_domain(&odd.me, path), Err(invalid(path, cause)));
        assert_eq!(make_directory(&odd.me, path, anyone()), Err(invalid(path, cause)));
    }
    let escaped = invalid("/\u{1b}[2J", PathError::Letter { letter: '\u{1b}' }).to_string();
    assert!(escaped.chars().all(|letter| !letter.is_control()), "{escaped}");
    let not_found = NameError::NotFound { path: text("/svc/nowhere") };
    assert_eq!(list("/svc/nowhere"), Err(not_found.clone()));
    assert_eq!(make_directory(&odd.me, "/svc/nowhere/x", anyone()), Err(not_found));
    let wrong = import_domain(&odd.me, "/svc/domains").unwrap_err();
    assert_eq!(wrong.to_string(), "/svc/domains holds names, not anything to import");
}

#[test]
fn what_is_imported_is_what_was_exported_of_its_type_and_until_it_is_revoked() {
    static ISSUER: Issuer = Issuer::new();
    static OWNER: Owner = Owner::new();
    static DOUBLE: Event<u32, u32, Sum> = Event::new("double", &OWNER).open_to_all();
    let _core = GRACE.register_thread();
    let (giver, user) = (Extension::load("giver"), Extension::load("user"));
    make_directory(&giver.me, "/svc/objects/giver", nobody()).unwrap();
    let (path, issued) = ("/svc/objects/giver/count", ISSUER.issue(AtomicU32::new(7)));
    export(&giver.me, path, issued.capability(), only(&["user"])).unwrap();
    let count = import::<AtomicU32>(&user.me, path).unwrap();
    assert_eq!(count.with(|count| count.fetch_add(1, Ordering::Relaxed)), Ok(7));
    assert_eq!(issued.capability(), count);

    let wrong = import::<AtomicUsize>(&user.me, path).unwrap_err();
    assert!(matches!(&wrong, NameError::WrongType { held, .. } if held.starts_with("object ")), "{wrong}");
    assert!(matches!(import_domain(&user.me, path), Err(NameError::WrongType { .. })));
    assert!(matches!(import::<AtomicU32>(&giver.me, path), Err(NameError::Refused { .. })));
    assert!(issued.revoke());
    assert_eq!(import::<AtomicU32>(&user.me, path), Err(NameError::Revoked { path: text(path) }));
    assert_eq!(count.with(|_| ()), Err(Revoked));

    let (event, doubles) = ("/svc/events/giver", ISSUER.issue_static(&DOUBLE));
    export_event(&giver.me, event, doubles.capability(), anyone()).unwrap();
    let _ = DOUBLE.install(|number| number * 2).unwrap();
    let double = import::<Event<u32, u32, Sum>>(&user.me, event).unwrap();
    assert_eq!(double.with(|event| event.raise(&21)), Ok(42));
    assert!(matches!(import::<Event<u32>>(&user.me, event), Err(NameError::WrongType { .. })));
    let kinds: Vec<_> = list("/svc/events").unwrap().into_iter().filter(|name| name.path == event).collect();
    assert_eq!((kinds.len(), kinds[0].kind), (1, Kind::Event));
    assert!(kinds[0].held.contains("Event<u32, u32, "), "{}", kinds[0].held);
}

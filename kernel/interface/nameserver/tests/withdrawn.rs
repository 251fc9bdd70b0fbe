//! What becomes of names when the code of an authorizer goes whose names they are not.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::sync::Arc;

use spindle_domain::{Domain, DomainId, Identity, Rights};
use spindle_nameserver::{
    NameError, admit, anyone, asking, detach, export_domain, import_domain, list_below, make_directory,
    serve, withdraw,
};
use spindle_sync::{Authority, GRACE};

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

/// One test, since it takes all code there is for gone.
#[test]
fn without_its_authorizers_code_a_name_stays_and_admits_nobody() {
    let _core = GRACE.register_thread();
    let authority = authority();
    let identity = |number, name| Identity::new(&authority, DomainId::new(&authority, number), name);
    let (kernel, me, other) = (identity(0, "kernel"), identity(1, "lender"), identity(2, "other"));
    serve(&authority, &kernel);
    admit(&authority, &me, 0..0);
    admit(&authority, &other, 0..0);
    let path = "/svc/objects/lender";
    let held = Arc::new(());
    let (outer, inner) = (held.clone(), held.clone());
    let domain = Domain::new(&authority, DomainId::new(&authority, 7), Rights::IMPORT);
    make_directory(&me, path, asking(move |_| Arc::strong_count(&outer) > 0)).unwrap();
    let name = "/svc/objects/lender/name";
    export_domain(&me, name, domain, asking(move |_| Arc::strong_count(&inner) > 0)).unwrap();
    assert_eq!(import_domain(&other, name), Ok(domain));

    assert_eq!(withdraw(&authority, 1..usize::MAX), 2);
    assert_eq!(Arc::strong_count(&held), 1, "the closures are gone");
    assert_eq!(withdraw(&authority, 1..usize::MAX), 0);
    let refused = NameError::Refused { path: name.into(), owner: "lender".into() };
    assert_eq!(import_domain(&other, name), Err(refused));
    let guest = "/svc/objects/lender/guest";
    let may_not = NameError::MayNotAdd { path: guest.into(), owner: "lender".into() };
    assert_eq!(export_domain(&other, guest, domain, anyone()), Err(may_not));
    let owners: Vec<String> = list_below(path).unwrap().into_iter().map(|name| name.owner).collect();
    assert_eq!(owners, ["lender"]);
    assert_eq!((detach(&me, name), detach(&me, path)), (Ok(()), Ok(())));
}

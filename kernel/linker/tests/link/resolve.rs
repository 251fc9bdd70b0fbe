//! Resolving: imports, grants, interfaces and names that are taken, each refused by name, and all at once.

use spindle_linker::resolve::Cause;
use spindle_linker::{CrateSet, Digest, Linkage, ResolveError, SourceId, check_complete, resolve};

use crate::fixture::{CONTROL, CORE, EVENT, EVERY_KIND, Kernel, granted, kernel, parse};
use crate::patch::{ST_INFO, every_kind};

const KERNEL: SourceId = SourceId(0);
const OTHER: SourceId = SourceId(1);

fn refused(object: &[u8], kernel: &Kernel, granted: &CrateSet) -> ResolveError {
    resolve(&parse(object).expect("object"), &kernel.table(), granted).expect_err("refused")
}

#[test]
fn imports_within_the_grant_are_found() {
    let mut linkage = Linkage::of(&parse(EVERY_KIND).expect("object"));
    assert!(linkage.imports().is_none());
    assert_eq!(linkage.link(KERNEL, &kernel().table(), &granted()), Ok(linkage.import_count()));
    assert!(linkage.imports().is_some());
    assert_eq!(linkage.crates_of(KERNEL).iter().collect::<Vec<_>>(), [EVENT as usize]);
}

#[test]
fn every_missing_import_is_named() {
    let mut kernel = kernel();
    kernel.remove("imported_tail");
    kernel.remove("small");
    let refused = refused(EVERY_KIND, &kernel, &granted());
    let missing = |symbol: &str| Cause::Missing { symbol: symbol.into() };
    assert_eq!(refused.causes(), [missing("imported_tail"), missing("small")]);
    assert_eq!(refused.to_string(), "import `imported_tail` is not exported; import `small` is not exported");
}

#[test]
fn names_are_printed_as_they_were_written() {
    let kernel = Kernel::new(&[]);
    let refused = refused(crate::fixture::HELLO, &kernel, &granted()).to_string();
    assert!(refused.contains("import `alloc::raw_vec::handle_error` is not exported"), "{refused}");
    assert!(refused.contains("import `__rustc::__rust_alloc` is not exported"), "{refused}");
}

#[test]
fn every_forbidden_import_is_named_with_its_crate() {
    let mut kernel = kernel();
    kernel.export("imported_static", 0xffff_ffff_8020_4008, CONTROL);
    kernel.remove("small");
    let refused = refused(EVERY_KIND, &kernel, &granted());
    assert_eq!(
        refused.to_string(),
        "import `imported_static` of `spindle_control` was not given to this domain; import `small` is not exported"
    );
}

#[test]
fn an_import_from_a_crate_that_the_note_does_not_list_is_refused() {
    let mut kernel = kernel();
    kernel.export("small", 0x1234_5678, CONTROL);
    let all: CrateSet = [EVENT, CONTROL, CORE].map(|index| index as usize).into_iter().collect();
    assert_eq!(
        refused(EVERY_KIND, &kernel, &all).to_string(),
        "import `small` of `spindle_control`, which the note does not list"
    );
}

#[test]
fn a_crate_that_the_compiler_fixes_need_not_be_listed() {
    let mut kernel = kernel();
    kernel.export("small", 0x1234_5678, CORE);
    assert!(resolve(&parse(EVERY_KIND).expect("object"), &kernel.table(), &granted()).is_ok());
}

#[test]
fn nothing_is_given_by_default() {
    let refused = refused(EVERY_KIND, &kernel(), &CrateSet::new());
    assert_eq!(refused.to_string(), "interface `spindle_event` was not given to this domain");
}

#[test]
fn an_interface_that_was_not_given_is_refused_even_without_an_import() {
    let object = every_kind().rename("spindle_event", "spindle_contr");
    let refused_unknown = refused(&object.0, &kernel(), &granted());
    assert_eq!(
        refused_unknown.to_string(),
        "interface `spindle_contr` is not in this kernel, and no domain that it is linked to publishes it"
    );
}

#[test]
fn another_digest_is_another_interface() {
    let object = every_kind().contents(".ext.deps", 49, &[0x33; 8]);
    let object_refused = refused(&object.0, &kernel(), &granted());
    let [Cause::OtherInterface { name, built, kernel }] = object_refused.causes() else {
        panic!("{object_refused}")
    };
    assert_eq!((name.as_str(), kernel), ("spindle_event", &Digest([0x11; 32])));
    assert_ne!(built, kernel);
    assert!(object_refused.to_string().contains("interface `spindle_event` differs: built against 33"));
}

#[test]
fn another_compiler_is_the_only_reason_given() {
    let object = every_kind().rename("rustc 1.96.0", "rustc 1.97.0");
    assert_eq!(
        refused(&object.0, &Kernel::new(&[]), &CrateSet::new()).to_string(),
        "compiled by `rustc 1.97.0`, the kernel by `rustc 1.96.0`"
    );
}

#[test]
fn a_name_that_the_kernel_exports_cannot_be_defined() {
    let mut kernel = kernel();
    kernel.export("start", 0xffff_ffff_8000_0000, CORE);
    let refused_name = refused(EVERY_KIND, &kernel, &granted()).to_string();
    assert_eq!(refused_name, "defines `start`, which is exported already");

    const WEAK_FUNCTION: u64 = 0x22;
    let weak = every_kind().symbol("start", ST_INFO, WEAK_FUNCTION);
    assert_eq!(refused(&weak.0, &kernel, &granted()).to_string(), refused_name);
}

#[test]
fn a_local_name_may_be_one_that_the_kernel_exports() {
    let mut kernel = kernel();
    kernel.export("local_function", 0xffff_ffff_8000_0000, CORE);
    assert!(resolve(&parse(EVERY_KIND).expect("object"), &kernel.table(), &granted()).is_ok());
}

#[test]
fn a_weak_import_has_to_be_there_too() {
    const WEAK: u64 = 0x20;
    let object = every_kind().symbol("small", ST_INFO, WEAK);
    let mut kernel = kernel();
    kernel.remove("small");
    assert_eq!(refused(&object.0, &kernel, &granted()).to_string(), "import `small` is not exported");
}

#[test]
fn what_one_source_lacks_another_can_give() {
    let object = parse(EVERY_KIND).expect("object");
    let (mut one, mut other) = (kernel(), kernel());
    one.remove("small");
    other.remove("imported_tail");
    let mut linkage = Linkage::of(&object);
    let count = linkage.import_count();
    assert_eq!(linkage.link(KERNEL, &one.table(), &granted()), Ok(count - 1));
    assert_eq!(linkage.open_symbols().collect::<Vec<_>>(), ["small"]);
    assert!(linkage.imports().is_none());
    let refused = check_complete(&linkage, &one.table(), &granted()).expect_err("not complete");
    assert_eq!(refused.to_string(), "import `small` is not exported");
    // The interface came from the first, so the other's own copy of it counts for nothing: nobody compared it.
    assert_eq!(linkage.link(OTHER, &other.table(), &granted()), Ok(0));
    other.export("small", 0x1234_5678, CORE);
    assert_eq!(linkage.link(OTHER, &other.table(), &granted()), Ok(1));
    assert_eq!(linkage.sources(), [KERNEL, OTHER]);
    assert!(check_complete(&linkage, &one.table(), &granted()).is_ok() && linkage.imports().is_some());
}

#[test]
fn what_is_unlinked_is_open_again() {
    let mut linkage = Linkage::of(&parse(EVERY_KIND).expect("object"));
    let count = linkage.link(KERNEL, &kernel().table(), &granted()).expect("linked");
    assert_eq!(linkage.unlink(OTHER, &granted()), 0);
    assert_eq!(linkage.unlink(KERNEL, &CrateSet::new()), 0);
    assert_eq!(linkage.unlink(KERNEL, &granted()), count);
    assert_eq!(linkage.open_symbols().count(), count);
    assert_eq!(linkage.open_interfaces().collect::<Vec<_>>(), ["spindle_event"]);
    assert!(linkage.sources().is_empty());
    assert_eq!(linkage.link(OTHER, &kernel().table(), &granted()), Ok(count));
    assert_eq!(linkage.sources(), [OTHER]);
}

#[test]
fn a_refused_link_changes_nothing() {
    let object = every_kind().contents(".ext.deps", 49, &[0x33; 8]);
    let mut linkage = Linkage::of(&parse(&object.0).expect("object"));
    assert!(linkage.link(KERNEL, &kernel().table(), &granted()).is_err());
    assert_eq!(linkage.open_symbols().count(), linkage.import_count());
    assert!(linkage.sources().is_empty());
}

//! Resolving: imports, grants, interfaces and names that are taken, each refused by name, and all at once.

use spindle_linker::resolve::Cause;
use spindle_linker::{CrateSet, Digest, ResolveError, resolve};

use crate::fixture::{CONTROL, CORE, EVENT, EVERY_KIND, Kernel, granted, kernel, parse};
use crate::patch::{ST_INFO, every_kind};

fn refused(object: &[u8], kernel: &Kernel, granted: &CrateSet) -> ResolveError {
    resolve(&parse(object).expect("object"), &kernel.table(), granted).expect_err("refused")
}

#[test]
fn imports_within_the_grant_are_found() {
    let imports =
        resolve(&parse(EVERY_KIND).expect("object"), &kernel().table(), &granted()).expect("resolved");
    assert_eq!(imports.crates().iter().collect::<Vec<_>>(), [EVENT as usize]);
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
    assert_eq!(refused_unknown.to_string(), "interface `spindle_contr` is not in this kernel");
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
    assert_eq!(refused_name, "defines `start`, which the kernel exports");

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

//! The domains that are there from the start: one for each interface crate of the kernel, `SpinPublic` of all that any
//! extension may link to, and `SpinTrusted`, which adds what only the shell and its like are given.
//!
//! The kernel's own table of crates (`.kdeps`) numbers its crates; a [`CrateSet`] is a set of those numbers. Refusal is the
//! default: what is in no domain that an object is resolved against can't be linked to.
//!
//! Pure: this file does not know how an import is looked up.

use spindle_linker::CrateSet;

/// The kernel's own crates that any extension may name. One that is not listed is for trusted domains only.
const PUBLIC: [&str; 10] = [
    "spindle_event",
    "spindle_domain",
    "spindle_capability",
    "spindle_console",
    "spindle_clock",
    "spindle_measure",
    "spindle_nameserver",
    "spindle_reader",
    "spindle_strand",
    "spindle_sync",
];

/// The crate by which an extension controls the kernel.
const CONTROL: &str = "spindle_control";

/// How the names of the kernel's own crates begin. The others in the table (`core`, `alloc` and what interface crates build
/// on) are code without authority, and open to all.
const OWN_PREFIX: &str = "spindle_";

/// Name of the domain that every extension is resolved against, unless it is said otherwise.
pub(crate) const SPIN_PUBLIC: &str = "SpinPublic";
/// Name of the domain of all the kernel's interfaces.
pub(crate) const SPIN_TRUSTED: &str = "SpinTrusted";

/// What any extension may import, out of `crates`, the names in the kernel's table in the table's order. A crate beyond the
/// capacity of a set is left out, which refuses it.
pub(super) fn public<'a>(crates: impl Iterator<Item = &'a str>) -> CrateSet {
    chosen(crates, |name| !name.starts_with(OWN_PREFIX) || PUBLIC.contains(&name))
}

/// What the shell may import: all of the table.
pub(super) fn trusted<'a>(crates: impl Iterator<Item = &'a str>) -> CrateSet {
    chosen(crates, |_| true)
}

/// The crate `name` of the kernel's own and the code without authority that all have; nothing, if it is none of the kernel's.
pub(super) fn alone<'a>(name: &str, crates: impl Iterator<Item = &'a str> + Clone) -> Option<CrateSet> {
    let is_there = name.starts_with(OWN_PREFIX) && crates.clone().any(|other| other == name);
    is_there.then(|| chosen(crates, |other| !other.starts_with(OWN_PREFIX) || other == name))
}

/// Whether the domain called `name` of those that the kernel begins with is for all.
pub(crate) fn is_public(name: &str) -> bool {
    name == SPIN_PUBLIC || PUBLIC.contains(&name)
}

/// Names of the kernel's own crates.
pub(super) fn own<'a>(crates: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    crates.filter(|name| name.starts_with(OWN_PREFIX))
}

/// Whether who is linked to `linked` has control over the kernel.
pub(super) fn has_control<'a>(linked: &CrateSet, mut crates: impl Iterator<Item = &'a str>) -> bool {
    crates.position(|name| name == CONTROL).is_some_and(|index| linked.contains(index))
}

fn chosen<'a>(crates: impl Iterator<Item = &'a str>, is_given: impl Fn(&str) -> bool) -> CrateSet {
    crates.enumerate().filter(|(_, name)| is_given(name)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::{SPIN_PUBLIC, SPIN_TRUSTED, alone, has_control, is_public, own, public, trusted};

    const CRATES: [&str; 5] = ["spindle_event", "spindle_control", "spindle_console", "core", "alloc"];

    #[test]
    fn what_is_public_leaves_control_out() {
        let public = public(CRATES.into_iter());
        assert!(public.contains(0) && !public.contains(1) && public.contains(2) && public.contains(3));
        assert_eq!(public.len(), 4);
        assert!(!has_control(&public, CRATES.into_iter()));
    }

    #[test]
    fn a_crate_of_ours_that_nobody_listed_is_not_public() {
        assert_eq!(public(["spindle_machine", "spindle_new"].into_iter()).len(), 0);
        assert_eq!(public(["spin", "core"].into_iter()).len(), 2);
    }

    #[test]
    fn what_is_trusted_is_all_of_the_table_and_nothing_else() {
        let trusted = trusted(CRATES.into_iter());
        assert_eq!(trusted.len(), CRATES.len());
        assert!(!trusted.contains(CRATES.len()));
        assert!(!trusted.contains(usize::MAX));
        assert!(has_control(&trusted, CRATES.into_iter()));
    }

    #[test]
    fn an_interface_alone_has_no_other_of_ours() {
        let console = alone("spindle_console", CRATES.into_iter()).expect("there");
        assert_eq!(console.iter().collect::<alloc::vec::Vec<_>>(), [2, 3, 4]);
        assert!(alone("core", CRATES.into_iter()).is_none());
        assert!(alone("spindle_absent", CRATES.into_iter()).is_none());
        assert_eq!(own(CRATES.into_iter()).count(), 3);
        let closed = [SPIN_TRUSTED, "spindle_control", "spindle_absent", "core"];
        assert!(is_public(SPIN_PUBLIC) && is_public("spindle_console") && !closed.into_iter().any(is_public));
    }
}

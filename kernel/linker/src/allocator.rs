//! Allocator: binds an object's allocations to a heap of its own.
//!
//! What an object allocates it asks of functions that rustc makes for the final product, in a crate called `__rustc`. [`Charged`] is
//! what a kernel exports, but with other functions in the place of those that allocate. What frees stays: it sees by the
//! block where that belongs. Nothing in the object says which heap it will be, and nothing in it can.
//!
//! What a domain posts travels in slots that are bound in the same way, if it has its own.
//!
//! Source of the names: rustc, `rustc_codegen_ssa`, `base/allocator` ("rustc v0 Symbol Format" for how they are mangled).

use crate::export::{Export, Exports};
use crate::note::Interface;

/// The crate whose functions they are, as it stands in a mangled name.
const CRATE: &str = "_7___rustc";

/// Where an object's allocations go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocator {
    /// Address of what stands for `__rust_alloc`.
    pub allocate: u64,
    /// Address of what stands for `__rust_alloc_zeroed`.
    pub allocate_zeroed: u64,
    /// Address of what stands for `__rust_realloc`.
    pub reallocate: u64,
}

impl Allocator {
    /// What stands for the function with this mangled name, if it is one that allocates.
    #[must_use]
    pub fn instead(&self, mangled: &str) -> Option<u64> {
        // What is rare comes first: objects have hundreds of names.
        let of = |function: &str| mangled.strip_suffix(function)?.strip_suffix(CRATE);
        let (root, instead) = of("12___rust_alloc")
            .map(|root| (root, self.allocate))
            .or_else(|| Some((of("19___rust_alloc_zeroed")?, self.allocate_zeroed)))
            .or_else(|| Some((of("14___rust_realloc")?, self.reallocate)))?;
        // A root: the prefix, and the crate's identity behind it.
        let identity = root.strip_prefix("_RNvCs")?;
        identity.bytes().all(|letter| letter.is_ascii_alphanumeric()).then_some(instead)
    }
}

/// Whether the static with this mangled name is the one that everybody's slots are in.
fn is_slots(mangled: &str) -> bool {
    let root = mangled.strip_suffix("7mailbox5SLOTS").and_then(|root| root.strip_suffix("_13spindle_event"));
    let identity = root.and_then(|root| root.strip_prefix("_RNvNtCs"));
    identity.is_some_and(|identity| identity.bytes().all(|letter| letter.is_ascii_alphanumeric()))
}

/// What a kernel exports to an object whose allocations are bound.
#[derive(Clone, Copy)]
pub struct Charged<'a> {
    /// What it exports to anybody.
    pub exports: &'a dyn Exports,
    /// Where the allocations go.
    pub allocator: Allocator,
    /// Address of what stands for the slots that posts travel in, if the object has its own.
    pub slots: Option<u64>,
}

impl Charged<'_> {
    fn instead(&self, name: &str) -> Option<u64> {
        self.allocator.instead(name).or_else(|| self.slots.filter(|_| is_slots(name)))
    }
}

impl Exports for Charged<'_> {
    fn lookup(&self, hash: u64, name: &str) -> Option<Export> {
        let export = self.exports.lookup(hash, name)?;
        Some(Export { address: self.instead(name).unwrap_or(export.address), ..export })
    }

    fn crate_by_name(&self, name: &str) -> Option<(usize, Interface<'_>)> {
        self.exports.crate_by_name(name)
    }

    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>> {
        self.exports.crate_by_index(index)
    }

    fn compiler(&self) -> &str {
        self.exports.compiler()
    }
}

#[cfg(test)]
mod tests {
    use super::{Allocator, is_slots};

    const ALLOCATOR: Allocator = Allocator { allocate: 1, allocate_zeroed: 2, reallocate: 3 };

    #[test]
    fn what_allocates_is_bound_and_nothing_else() {
        let all = [
            ("_RNvCsfgHYwM92fyn_7___rustc12___rust_alloc", Some(1)),
            ("_RNvCsfgHYwM92fyn_7___rustc19___rust_alloc_zeroed", Some(2)),
            ("_RNvCsfgHYwM92fyn_7___rustc14___rust_realloc", Some(3)),
            ("_RNvCsfgHYwM92fyn_7___rustc14___rust_dealloc", None),
            ("_RNvCsfgHYwM92fyn_7___rustc35___rust_no_alloc_shim_is_unstable_v2", None),
            ("_RNvCsfgHYwM92fyn_7___rustc17rust_begin_unwind", None),
            ("_RNvNtCsabc_4echo7___rustc12___rust_alloc", None),
            ("_RNvCsabc_4echo12___rust_alloc", None),
            ("___rust_alloc", None),
            ("", None),
        ];
        for (name, instead) in all {
            assert_eq!(ALLOCATOR.instead(name), instead, "{name}");
        }
    }

    #[test]
    fn slots_are_the_interface_s_and_nobody_else_s() {
        assert!(is_slots("_RNvNtCs6uVIzFY3Fvm_13spindle_event7mailbox5SLOTS"));
        for other in
            ["_RNvNtCsa_13spindle_event7mailbox9MAILBOXES", "_RNvNtNtCsa_3own_13spindle_event7mailbox5SLOTS"]
        {
            assert!(!is_slots(other), "{other}");
        }
    }
}

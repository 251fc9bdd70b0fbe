//! Grants: the sets of crates whose names a domain may import.
//!
//! The crate is the unit of authority. The kernel's own table of crates (`.kdeps`) numbers them; a [`CrateSet`] is a set of
//! those numbers, and a [`Grant`] is a set with a name. Refusal is the default: what is not in the set cannot be linked to. `SpinPublic` is everything that any
//! extension may have, `SpinTrusted` adds what only the shell and its like are given.
//!
//! Pure: this file does not know how an import is looked up.

use alloc::string::String;
use core::fmt;
use spindle_linker::CrateSet;

/// The kernel's own crates that any extension may name. One that is not listed is for trusted domains only.
const PUBLIC: [&str; 6] = [
    "spindle_event",
    "spindle_domain",
    "spindle_console",
    "spindle_clock",
    "spindle_measure",
    "spindle_sync",
];

/// How the names of the kernel's own crates begin. The others in the table (`core`, `alloc` and what interface crates build
/// on) are code without authority, and open to all.
const OWN_PREFIX: &str = "spindle_";

/// A set of crates with a name, as `load NAME with GRANT` and `boot.conf` write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// What any extension may import.
    SpinPublic,
    /// What the shell may import: `SpinPublic` and control over the kernel.
    SpinTrusted,
}

/// A grant was asked for by a name that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownGrant {
    /// The name.
    pub(crate) name: String,
}

impl fmt::Display for UnknownGrant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no grant is called `{}`; there are SpinPublic and SpinTrusted", self.name)
    }
}

impl core::error::Error for UnknownGrant {}

impl Grant {
    /// The grant called `name`.
    ///
    /// # Errors
    /// [`UnknownGrant`]; names are matched exactly.
    pub(crate) fn by_name(name: &str) -> Result<Self, UnknownGrant> {
        [Self::SpinPublic, Self::SpinTrusted]
            .into_iter()
            .find(|grant| grant.name() == name)
            .ok_or_else(|| UnknownGrant { name: name.into() })
    }

    /// Its name.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SpinPublic => "SpinPublic",
            Self::SpinTrusted => "SpinTrusted",
        }
    }

    /// The crates it stands for, out of `crates`, the names in the kernel's table in the table's order. A crate beyond the
    /// capacity of a set is left out, which refuses it.
    #[must_use]
    pub(crate) fn crates<'a>(self, crates: impl Iterator<Item = &'a str>) -> CrateSet {
        let is_given = |name: &str| match self {
            Self::SpinPublic => !name.starts_with(OWN_PREFIX) || PUBLIC.contains(&name),
            Self::SpinTrusted => true,
        };
        crates.enumerate().filter(|(_, name)| is_given(name)).map(|(index, _)| index).collect()
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Grant, UnknownGrant};

    const CRATES: [&str; 5] = ["spindle_event", "spindle_control", "spindle_console", "core", "alloc"];

    #[test]
    fn the_public_grant_leaves_control_out() {
        let public = Grant::SpinPublic.crates(CRATES.into_iter());
        assert!(public.contains(0) && !public.contains(1) && public.contains(2) && public.contains(3));
        assert_eq!(public.len(), 4);
    }

    #[test]
    fn a_crate_of_ours_that_nobody_listed_is_not_public() {
        assert_eq!(Grant::SpinPublic.crates(["spindle_machine", "spindle_new"].into_iter()).len(), 0);
        assert_eq!(Grant::SpinPublic.crates(["spin", "core"].into_iter()).len(), 2);
    }

    #[test]
    fn the_trusted_grant_is_all_of_the_table_and_nothing_else() {
        let trusted = Grant::SpinTrusted.crates(CRATES.into_iter());
        assert_eq!(trusted.len(), CRATES.len());
        assert!(!trusted.contains(CRATES.len()));
        assert!(!trusted.contains(usize::MAX));
    }

    #[test]
    fn grants_have_exact_names() {
        assert_eq!(Grant::by_name("SpinPublic"), Ok(Grant::SpinPublic));
        assert_eq!(Grant::by_name("SpinTrusted"), Ok(Grant::SpinTrusted));
        assert_eq!(Grant::by_name("spintrusted"), Err(UnknownGrant { name: "spintrusted".into() }));
        assert_eq!(Grant::by_name(""), Err(UnknownGrant { name: "".into() }));
    }
}

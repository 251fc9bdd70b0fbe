//! What is tried at run time that must not be possible: by which case it is tried, and with which words it is refused.
//!
//! The cases themselves are where what they are about is tested. This is the list of them.

use super::Case;

/// What is tried, the part of the kernel that has to refuse it, words of the refusal, and the case.
pub const CHEATS: [(&str, &str, &str, &str); 39] = [
    ("an import beyond the grant", "load", "spindle_control", "refusal::overreach"),
    (
        "a name of another object's domain",
        "create",
        "a domain called `matchmaker` is loaded already",
        STEPS[3],
    ),
    ("a domain of bytes that nobody signed", "create", "`this` refused at signature", STEPS[3]),
    ("another version of an interface", "resolve", "interface `spindle_sync` differs", STEPS[3]),
    (
        "a domain of a crate that one isn't linked to",
        "interface",
        "the asker is not linked to `spindle_control` itself",
        STEPS[2],
    ),
    ("linking another's domain", "resolve", "is held with the right to import, not to modify", STEPS[2]),
    ("starting another's domain", "initialise", "is held with the right to import, not to install", STEPS[2]),
    ("ending another's domain", "destroy", "is held with the right to import, not to destroy", STEPS[2]),
    ("getting rights back that were given up", "duplicate", "gatekeeper with the right to nothing", STEPS[2]),
    ("starting an object with open imports", "initialise", "`gatekeeper` lacks spindle_console", STEPS[0]),
    ("starting an object twice", "initialise", "is not an object that is still to be linked", STEPS[0]),
    ("a container that holds itself", "add", "`few` would hold itself", STEPS[1]),
    ("using a domain that was ended", "combine", "has ended", STEPS[1]),
    ("a name that isn't one", "create", "can't name a domain", STEPS[1]),
    (
        "more domains than allowed",
        "create",
        "more than 64 domains of one extension's making",
        "domains::no_more_are_made_than_allowed",
    ),
    (
        "publishing what isn't there",
        "load",
        "publishes `ledger_interface`, whose symbol 0x",
        "published::what_is_published_has_to_be_defined",
    ),
    (
        "publishing another's interface",
        "load",
        "publishes interface `ledger_interface`, which is there already",
        "published::an_interface_has_one_publisher",
    ),
    (
        "using an interface of another version",
        "load",
        "interface `ledger_interface` differs",
        "published::another_version_is_another_interface",
    ),
    (
        "ending a domain that others use",
        "unload",
        "`ledger` is used by teller",
        "published::a_publisher_stays_while_it_is_used",
    ),
    ("importing against the authorizer", "import", "landlord's authorizer says no", NAMES[0]),
    ("exporting over another's name", "export", "/svc/domains/landlord exists, it is landlord's", NAMES[0]),
    ("taking another's name off", "detach", "/svc/domains/landlord is landlord's", NAMES[0]),
    ("importing by another type", "import", "holds object core::sync::atomic::Atomic", NAMES[0]),
    (
        "taking a name before its owner comes",
        "export",
        "/svc/domains/landlord refused: kernel lets others add no such name",
        NAMES[1],
    ),
    (
        "a directory beside the kernel's",
        "export",
        "/svc/mine refused: kernel lets others add no such name",
        NAMES[1],
    ),
    ("taking the kernel's name off", "detach", "/svc/domains/SpinPublic is kernel's", NAMES[1]),
    ("a path around the kernel's directories", "export", "`/svc/objects/../domains` is no path", NAMES[1]),
    (
        "importing what only trusted domains get",
        "import",
        "/svc/domains/SpinTrusted refused: kernel's authorizer says no",
        NAMES[2],
    ),
    ("an authorizer that panics", "import", "landlord's authorizer panicked", NAMES[3]),
    ("an authorizer that doesn't come to an end", "import", "landlord's authorizer took too long", NAMES[3]),
    ("more names than allowed", "export", "an extension has at most 256 names", NAMES[4]),
    (
        "adding to a directory whose owner has ended",
        "export",
        "nobody lets others add no such name to its directory",
        NAMES[4],
    ),
    ("a capability after it was revoked", "use", "borrower: 6: the capability was revoked", LENT),
    ("a capability after its issuer's end", "use", "borrower: 8: the capability was revoked", LENT),
    ("a capability by another type", "use", "WrongType", LENT),
    ("a guessed reference", "internalize", "there never was a reference 4196", TABLE),
    ("a reference by another type", "internalize", "reference 4096 is not one of `u64`", TABLE),
    ("more references than a table has", "externalize", "all 100 slots are taken", TABLE),
    (
        "a stale reference",
        "internalize",
        "reference 4096 was deleted",
        "capabilities::a_stale_reference_names_nothing",
    ),
];

const STEPS: [&str; 4] = [
    "domains::an_object_is_linked_step_by_step",
    "domains::a_container_gives_what_its_parts_give",
    "domains::rights_can_be_given_up_and_not_regained",
    "domains::what_is_refused_is_named",
];
const NAMES: [&str; 5] = [
    "names::an_authorizer_sees_who_asks",
    "names::no_name_is_taken_before_its_owner_comes",
    "names::the_kernels_domains_are_for_whom_they_were_given_to",
    "names::an_authorizer_that_fails_admits_nobody",
    "names::a_directory_outlives_its_owner_for_others",
];
const LENT: &str = "capabilities::what_a_domain_lent_goes_with_it";
const TABLE: &str = "capabilities::a_table_finds_what_it_was_given_and_nothing_else";

/// Whether `case` expects to see `words`.
pub fn expects(case: &Case, words: &str) -> bool {
    let expected = &case.expected;
    expected.ordered.iter().chain(&expected.contains).any(|text| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::{CHEATS, expects};
    use crate::cases::all;

    #[test]
    fn each_is_tried_by_a_case_that_expects_those_words() {
        let cases = all();
        for (cheat, _, words, name) in CHEATS {
            let mut those = cases.iter().filter(|case| case.name == name).peekable();
            assert!(those.peek().is_some(), "{cheat}: there is no {name}");
            assert!(those.all(|case| expects(case, words)), "{cheat}: {name} doesn't expect `{words}`");
        }
    }
}

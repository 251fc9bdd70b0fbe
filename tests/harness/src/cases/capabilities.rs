//! Capabilities and tables of references, through the shell: what is revoked can't be used, whoever holds it.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = machines().into_iter().flat_map(shown).collect();
    cases.extend(machines().into_iter().map(unloaded));
    cases.push(comes_and_goes(Machine::virt()));
    cases.push(comes_and_goes(Machine::virt().cores(1)));
    cases
}

fn machines() -> [Machine; 4] {
    let virt = Machine::virt;
    [virt(), virt().counted(), virt().gic(Gic::V2).cores(1), Machine::rpi4()]
}

/// One rule of the keyring, and what it has to see, line by line.
fn rule(name: &str, machine: &Machine, rule: &str, sees: &[&str]) -> Case {
    let raise = format!("raise keyring {rule}");
    let commands =
        ["load lending", "load keyring with SpinPublic,lending", &raise, "unload keyring", "domains", "halt"];
    let expected = Expectation::shell(0).absent("with a revoked one").absent("the rules are");
    let expected = sees.iter().fold(expected, |expected, line| expected.then(format!("keyring: {line}")));
    Case::with_tests(&format!("capabilities::{name}"), machine.clone(), &commands, expected)
}

fn shown(machine: Machine) -> Vec<Case> {
    let case = |name: &str, one: &str, sees: &[&str]| rule(name, &machine, one, sees);
    let others = machine.cores - 1;
    let told = format!("cores: 0 of {others} ended before, all behind");
    vec![
        case(
            "a_revoked_one_is_an_error_and_others_are_not",
            "revoke",
            &["revoke: [Ok(7), Ok(8)], [true, false], [Err(Revoked), Ok(8)]"],
        ),
        case(
            "an_issuer_takes_all_of_its_own_back",
            "all",
            &["all: 10 revoked, 0 still used, Err(Revoked), Ok(11)"],
        ),
        case("what_is_used_stays_whole", "inside", &["inside: Ok((Err(Revoked), 7))"]),
        case("a_value_is_dropped_behind_a_grace_period", "dropped", &["revoked first", "dropped"]),
        case("a_static_is_lent_and_taken_back", "static", &["static: Ok(Ok(42)), Err(Revoked)"]),
        case(
            "a_console_is_lent_and_taken_back",
            "console",
            &["console: written with a lent one", "console: revoked"],
        ),
        case("every_core_is_told", "cores", &[&told]),
        case(
            "a_table_finds_what_it_was_given_and_nothing_else",
            "table",
            &[
                "table: 100 right, twice the same: true, then: all 100 slots are taken",
                "table: slot 3 is taken by reference 4099",
                "table: reference 4096 is not one of `u64`",
                "table: there never was a reference 4196",
                "table: 100 cleared, 0 left",
            ],
        ),
        case(
            "a_copy_lasts_beyond_its_original_but_not_beyond_a_revocation",
            "copy",
            &["copy: [Ok(Some(0)), Ok(Some(1)), Ok(Some(2))], Ok(None)"],
        ),
        case("a_stale_reference_names_nothing", "stale", &["stale: true, 1, reference 4096 was deleted"]),
    ]
}

/// What a domain has lent is revoked by its owner, and again by its unload; it is held and used all the while, and another
/// domain comes to lie where its code was.
fn unloaded(machine: Machine) -> Case {
    let commands = [
        "load lending",
        "load keyring with SpinPublic,lending",
        "load borrower with SpinPublic,lending",
        "raise borrower take",
        "raise borrower 5",
        "raise keyring recall",
        "raise borrower 6",
        "unload keyring",
        "load keyring with SpinPublic,lending",
        "raise borrower take",
        "raise borrower 7",
        "unload keyring",
        "raise borrower 8",
        "load gatekeeper",
        "raise borrower 9",
        "raise borrower back",
        "unload gatekeeper",
        "unload borrower",
        "domains",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("borrower: an errand: true; a number: Some(WrongType { wanted: \"u64\" })")
        .then("borrower: 5 is 47")
        .then("keyring: recall: true")
        .then("borrower: 6: the capability was revoked")
        .then("borrower: 7 is 49")
        .then("borrower: 8: the capability was revoked")
        .then("borrower: 9: the capability was revoked")
        .then("borrower: given back");
    Case::with_tests("capabilities::what_a_domain_lent_goes_with_it", machine, &commands, expected)
}

/// Nothing is left of what was issued, tables and values that issue anew when they are dropped included.
fn comes_and_goes(machine: Machine) -> Case {
    let mut commands = vec!["load lending", "load borrower with SpinPublic,lending"];
    // More lines than the shell's history and the kernel's log keep, so that both have stopped growing.
    for _ in 0..24 {
        commands.extend([
            "load keyring with SpinPublic,lending",
            "raise borrower take",
            "raise keyring table",
            "raise keyring all",
        ]);
        commands.extend(["unload keyring", "raise borrower 1", "raise borrower back", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0).settled("extensions").settled("heap").absent("borrower: 1 is");
    Case::with_tests("capabilities::what_was_issued_leaves_nothing_behind", machine, &commands, expected)
}

//! Names: who may have what is named, and whose a name is.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

const LOAD: [&str; 3] = ["load landlord", "load tenant", "load squatter"];

pub(super) fn all() -> Vec<Case> {
    let virt = Machine::virt;
    let mut cases: Vec<Case> =
        [virt(), virt().gic(Gic::V2).cores(2).counted(), Machine::rpi4()].map(who_asks_is_seen).into();
    cases.extend([virt(), virt().counted()].map(failing_authorizers));
    cases.extend([
        no_name_is_taken_before_its_owner_comes(),
        the_kernels_domains(),
        a_capability_goes_with_its_owner(),
        a_directory_outlives_its_owner(),
        an_end_overtakes_an_authorizer(),
        names_pass_to_the_next_version(),
        nothing_is_left(),
    ]);
    cases
}

fn case(name: &str, machine: Machine, commands: &[&str], expected: Expectation) -> Case {
    Case::with_tests(&format!("names::{name}"), machine, commands, expected)
}

/// What the squatter hears of a name that is another's.
fn not_squatted(expected: Expectation, path: &str, owner: &str) -> Expectation {
    let theirs = format!("{path} exists, it is {owner}'s");
    expected
        .then(format!("squatter: export: {theirs}"))
        .then(format!("squatter: directory: {theirs}"))
        .then(format!("squatter: detach: {path} is {owner}'s"))
}

/// An authorizer is asked at each import, knows who asks, and nobody gets around it.
fn who_asks_is_seen(machine: Machine) -> Case {
    let commands = [
        "raise tenant domain /svc/domains/landlord",
        "raise squatter /svc/domains/landlord",
        "raise landlord asked",
        "raise tenant domain /svc/domains/landlord",
        "raise tenant domain /svc/domains/landlord",
        "raise landlord asked",
        "raise tenant event /svc/events/landlord",
        "raise tenant wrong /svc/objects/landlord/flat",
        "raise tenant object /svc/objects/landlord",
        "names",
        "halt",
    ];
    let imported = "tenant: domain /svc/domains/landlord: landlord with the right to import";
    let expected = Expectation::shell(0)
        .then(imported)
        .then("squatter: import: /svc/domains/landlord refused: landlord's authorizer says no");
    let expected = not_squatted(expected, "/svc/domains/landlord", "landlord")
        .then("landlord: asked 2 times")
        .then(imported)
        .then(imported)
        .then("landlord: asked 4 times")
        .then("tenant: event /svc/events/landlord: rang 42 times")
        .then("holds object core::sync::atomic::Atomic")
        .then("/svc/objects/landlord holds names")
        .then("/svc/domains/SpinPublic")
        .then("/svc/events/landlord")
        .then("/svc/objects/landlord/flat")
        .absent("not tried");
    case("an_authorizer_sees_who_asks", machine, &[&LOAD[..], &commands].concat(), expected)
}

/// Those of others and of the kernel are not to be had in advance; one's own is.
fn no_name_is_taken_before_its_owner_comes() -> Case {
    let commands = [
        "load squatter",
        "raise squatter /svc/domains/landlord",
        "raise squatter /svc/domains/SpinPublic",
        "raise squatter /svc/objects",
        "raise squatter /svc/mine",
        "raise squatter /svc/objects/squatter",
        "raise squatter /svc//objects",
        "raise squatter /svc/objects/../domains",
        "names /svc/objects",
        "load landlord",
        "names /svc/domains/landlord",
        "names nowhere",
        "halt",
    ];
    let closed = |path: &str| format!("{path} refused: kernel lets others add no such name");
    let expected = Expectation::shell(1)
        .then("squatter: import: there is no name /svc/domains/landlord")
        .then(format!("squatter: export: {}", closed("/svc/domains/landlord")))
        .then(format!("squatter: directory: {}", closed("/svc/domains/landlord")))
        .then("squatter: detach: there is no name /svc/domains/landlord")
        .then("squatter: import: done");
    let expected = not_squatted(expected, "/svc/domains/SpinPublic", "kernel");
    let expected = not_squatted(expected, "/svc/objects", "kernel")
        .then(format!("squatter: export: {}", closed("/svc/mine")))
        .then("squatter: export: done")
        .then("squatter: directory: /svc/objects/squatter exists, it is squatter's")
        .then("squatter: detach: done")
        .then("squatter: export: `/svc//objects` is no path: a component is empty")
        .then("squatter: export: `/svc/objects/../domains` is no path: a component is `.` or `..`")
        .then("there is no name in /svc/objects")
        .then("/svc/domains/landlord is no directory")
        .then("`nowhere` is no path");
    case("no_name_is_taken_before_its_owner_comes", Machine::virt(), &commands, expected)
}

/// `SpinPublic` is for all, `SpinTrusted` for whoever was given it.
fn the_kernels_domains() -> Case {
    let import = |name: &str| format!("raise tenant domain /svc/domains/{name}");
    let [public, trusted, event, control] =
        ["SpinPublic", "SpinTrusted", "spindle_event", "spindle_control"].map(import);
    let commands = [
        "load tenant",
        &public,
        &trusted,
        &event,
        &control,
        "unload tenant",
        "load tenant with SpinTrusted",
        &public,
        &trusted,
        &control,
        "names /svc/domains",
        "halt",
    ];
    let given = |name: &str| format!("/svc/domains/{name}: {name} with the right to import");
    let refused = |name: &str| format!("/svc/domains/{name} refused: kernel's authorizer says no");
    let expected = Expectation::shell(0)
        .then(given("SpinPublic"))
        .then(refused("SpinTrusted"))
        .then(given("spindle_event"))
        .then(refused("spindle_control"))
        .then(given("SpinPublic"))
        .then(given("SpinTrusted"))
        .then(given("spindle_control"))
        .then("/svc/domains/SpinPublic")
        .then("/svc/domains/spindle_nameserver");
    case("the_kernels_domains_are_for_whom_they_were_given_to", Machine::virt(), &commands, expected)
}

/// What was imported is good until it is taken back, by its owner or with its owner.
fn a_capability_goes_with_its_owner() -> Case {
    let object = "raise tenant object /svc/objects/landlord/flat";
    let commands = [
        "load landlord",
        "load tenant",
        object,
        "raise tenant use",
        "unload landlord",
        "raise tenant use",
        object,
        "load landlord",
        object,
        "raise landlord revoke",
        "raise tenant use",
        object,
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("tenant: object /svc/objects/landlord/flat: used 0 times before")
        .then("tenant: use : used 1 times before")
        .then("tenant: use : the capability was revoked")
        .then("tenant: object /svc/objects/landlord/flat: there is no name")
        .then("tenant: object /svc/objects/landlord/flat: used 0 times before")
        .then("landlord: revoked")
        .then("tenant: use : the capability was revoked")
        .then("what /svc/objects/landlord/flat holds was revoked");
    case("a_capability_goes_with_its_owner", Machine::virt(), &commands, expected)
}

/// One that panics or loops says no; one whose domain ends while it decides does no harm.
fn failing_authorizers(machine: Machine) -> Case {
    let mut commands = LOAD.to_vec();
    commands.extend([
        "raise tenant object /svc/objects/landlord/panics",
        "raise tenant object /svc/objects/landlord/loops",
        "raise tenant object /svc/objects/landlord/hall",
        "raise tenant object /svc/objects/landlord/leaves",
    ]);
    commands.extend(ANOTHER_IS_GONE);
    commands.extend(["load landlord", "raise landlord asked", "halt"]);
    let expected = Expectation::shell(0)
        .contains("landlord panicked at")
        .then("/svc/objects/landlord/panics refused: landlord's authorizer panicked")
        .then("/svc/objects/landlord/loops refused: landlord's authorizer took too long")
        .then("/svc/objects/landlord/hall: used 0 times before")
        .then("/svc/objects/landlord/leaves: there is no name")
        .then("landlord: asked 0 times");
    case("an_authorizer_that_fails_admits_nobody", machine, &commands, expected)
}

/// What was asked to end before these is gone when they are.
const ANOTHER_IS_GONE: [&str; 6] = [
    "load gatekeeper",
    "unload gatekeeper",
    "load gatekeeper",
    "unload gatekeeper",
    "load gatekeeper",
    "unload gatekeeper",
];

/// While an authorizer runs on one core, another core ends its domain.
fn an_end_overtakes_an_authorizer() -> Case {
    let mut commands = vec!["load tenant"];
    for _ in 0..5 {
        commands.extend(["load landlord", "raise tenant object /svc/objects/landlord/moves"]);
        commands.extend(ANOTHER_IS_GONE);
    }
    commands.extend(["names /svc/objects", "halt"]);
    let overtaken = "/svc/objects/landlord/moves: there is no name /svc/objects/landlord/moves";
    let expected = (0..5).fold(Expectation::shell(0), |expected, _| expected.then(overtaken));
    let expected = expected.then("there is no name in /svc/objects");
    case("an_end_overtakes_an_authorizer", Machine::virt(), &commands, expected)
}

/// Names of others in it stay, until they are taken off or their owner ends, and nobody can add any.
fn a_directory_outlives_its_owner() -> Case {
    let commands = [
        "load landlord",
        "load tenant",
        "raise tenant add /svc/objects/landlord/mine",
        "raise tenant detach /svc/objects/landlord/flat",
        "unload landlord",
        "names /svc/objects",
        "raise tenant add /svc/objects/landlord/more",
        "raise tenant detach /svc/objects/landlord/mine",
        "names /svc/objects",
        "load landlord",
        "raise tenant many /svc/objects/landlord",
        "unload tenant",
        "unload landlord",
        "names /svc/objects",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("tenant: add /svc/objects/landlord/mine: added")
        .then("tenant: detach /svc/objects/landlord/flat: /svc/objects/landlord/flat is landlord's")
        .then("nobody")
        .then("/svc/objects/landlord/mine")
        .then("refused: nobody lets others add no such name to its directory")
        .then("tenant: detach /svc/objects/landlord/mine: taken off")
        .then("there is no name in /svc/objects")
        .then("256 names, then /svc/objects/landlord/256 refused: an extension has at most 256 names")
        .then("there is no name in /svc/objects");
    case("a_directory_outlives_its_owner_for_others", Machine::virt(), &commands, expected)
}

/// Memory ends where it began, however often names come and go.
fn nothing_is_left() -> Case {
    let mut commands = vec!["load tenant"];
    // More lines than the shell's history and the kernel's log keep, so that both have stopped growing.
    for _ in 0..20 {
        commands.extend([
            "load landlord",
            "raise tenant object /svc/objects/landlord/flat",
            "raise tenant event /svc/events/landlord",
            "raise tenant add /svc/objects/landlord/mine",
            "unload landlord",
            "raise tenant detach /svc/objects/landlord/mine",
            "raise tenant forget",
            "names",
            "mem",
        ]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0).settled("extensions").settled("heap").absent("not tried");
    let mut case = case("names_that_come_and_go_leave_nothing", Machine::virt(), &commands, expected);
    case.patience = Duration::from_secs(120);
    case
}

/// Who takes another's place takes its names, and has the old one's authorizers asked no more.
fn names_pass_to_the_next_version() -> Case {
    let commands = [
        "load landlord",
        "load tenant",
        "raise tenant domain /svc/domains/landlord",
        "replace landlord landlord",
        "raise tenant domain /svc/domains/landlord",
        "raise landlord asked",
        "unload landlord",
        "raise tenant domain /svc/domains/landlord",
        "halt",
    ];
    let imported = "tenant: domain /svc/domains/landlord: landlord with the right to import";
    let expected = Expectation::shell(0)
        .then(imported)
        .then("landlord is domain")
        .then(imported)
        .then("landlord: asked 1 times")
        .then("tenant: domain /svc/domains/landlord: ")
        .absent("error");
    case("pass_to_the_next_version", Machine::virt(), &commands, expected)
}

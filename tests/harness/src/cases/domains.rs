//! Domains: created, linked to each other, initialised and ended, one step at a time, by an extension.

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

/// What is typed behind `raise match`, and what has to be said of it, in this order.
type Steps = [(&'static str, &'static str)];

/// An object is linked to one source after the other, and runs when nothing is open any more.
const STEP_BY_STEP: &Steps = &[
    ("create gatekeeper", "gatekeeper with the right to import, modify, install, destroy"),
    ("initialise gatekeeper", "no: `gatekeeper` lacks spindle_console, spindle_domain, spindle_event"),
    ("interface spindle-event", "spindle-event with the right to import"),
    ("interface spindle-domain", "spindle-domain with the right to import"),
    ("interface spindle-console", "spindle-console with the right to import"),
    ("resolve gatekeeper spindle-event", "some names"),
    ("resolve gatekeeper spindle-event", "no names"),
    ("resolved gatekeeper", "false"),
    ("resolve gatekeeper spindle-domain", "some names"),
    ("resolve gatekeeper spindle-console", "some names"),
    ("open gatekeeper", "open: spindle_sync"),
    ("initialise gatekeeper", "no: `gatekeeper` lacks spindle_sync"),
    ("interface spindle-sync", "spindle-sync with the right to import"),
    ("resolve gatekeeper spindle-sync", "some names"),
    ("unresolve gatekeeper spindle-console", "some names"),
    ("open gatekeeper", "open: spindle_console"),
    ("resolve gatekeeper spindle-console", "some names"),
    ("resolved gatekeeper", "true"),
    ("initialise gatekeeper", "runs"),
    ("initialise gatekeeper", "no: `gatekeeper` is not an object that is still to be linked"),
    ("resolve gatekeeper spindle-event", "no: `gatekeeper` is not an object that is still to be linked"),
    ("destroy gatekeeper", "ends"),
];

/// A container gives what its parts give; it can be in another, but not in itself.
const CONTAINERS: &Steps = &[
    ("interface spindle-event", "with the right to import"),
    ("interface spindle-domain", "with the right to import"),
    ("interface spindle-console", "with the right to import"),
    ("interface spindle-sync", "with the right to import"),
    ("combine few spindle-event spindle-domain", "few with the right to import, modify, install, destroy"),
    ("empty all", "all with the right to import, modify, install, destroy"),
    ("add all few", "added"),
    ("add few all", "no: `few` would hold itself"),
    ("add all spindle-console", "added"),
    ("add all spindle-sync", "added"),
    ("add spindle-sync all", "is held with the right to import, not to modify"),
    ("create gatekeeper", "gatekeeper with"),
    ("add gatekeeper all", "no: `gatekeeper` is no container"),
    ("resolve gatekeeper all", "some names"),
    ("initialise gatekeeper", "runs"),
    ("empty two/words", "can't name a domain"),
    ("destroy few", "ends"),
    ("name few", "has ended"),
    ("combine more few", "has ended"),
];

/// Who holds a domain with fewer rights can do less; who makes another value of them has no more.
const RIGHTS: &Steps = &[
    ("create gatekeeper", "gatekeeper with"),
    ("interface spindle-event", "with the right to import"),
    ("destroy spindle-event", "is held with the right to import, not to destroy"),
    ("initialise spindle-event", "is held with the right to import, not to install"),
    ("resolve spindle-event spindle-event", "is held with the right to import, not to modify"),
    ("weaken gatekeeper import install", "gatekeeper with the right to import, install"),
    ("resolve gatekeeper spindle-event", "is held with the right to import, install, not to modify"),
    ("weaken gatekeeper import modify install destroy", "gatekeeper with the right to import, install"),
    ("weaken gatekeeper", "gatekeeper with the right to nothing"),
    ("destroy gatekeeper", "is held with the right to nothing, not to destroy"),
    ("interface spindle-control", "the asker is not linked to `spindle_control` itself"),
    ("interface core", "the asker is not linked to `core` itself"),
    ("interface nothing", "the asker is not linked to `nothing` itself"),
    ("own me", "me with the right to import, modify, install, destroy"),
    ("initialise me", "no: `matchmaker` is not an object that is still to be linked"),
];

/// What is no object, or no name, is told; nothing is left of it.
const REFUSED: &Steps = &[
    ("garble this", "no: `this` refused at signature"),
    ("create nowhere", "no: `nowhere` refused at find"),
    ("create altered", "no: `altered` refused at signature"),
    (
        "create matchmaker",
        "no: `matchmaker` refused at place: a domain called `matchmaker` is loaded already",
    ),
    ("create gatekeeper", "gatekeeper with"),
    (
        "create gatekeeper",
        "no: `gatekeeper` refused at place: a domain called `gatekeeper` is loaded already",
    ),
    ("create other-interface", "no: `other-interface` refused at place"),
    ("destroy gatekeeper", "ends"),
    ("create other-interface", "other-interface with"),
    ("interface spindle-sync", "with the right to import"),
    ("resolve other-interface spindle-sync", "interface `spindle_sync` differs"),
    ("open other-interface", "open: spindle_console"),
    ("destroy other-interface", "ends"),
];

pub(super) fn all() -> Vec<Case> {
    let single = Machine::virt().cores(1).counted();
    vec![
        steps("an_object_is_linked_step_by_step", Machine::virt(), STEP_BY_STEP),
        steps("an_object_is_linked_step_by_step", single.clone(), STEP_BY_STEP),
        steps("a_container_gives_what_its_parts_give", Machine::virt(), CONTAINERS),
        steps("rights_can_be_given_up_and_not_regained", Machine::virt(), RIGHTS),
        steps("what_is_refused_is_named", Machine::virt(), REFUSED),
        ends_with_its_maker(),
        no_more_than_allowed(),
        names_that_are_not_there(),
        all_of_a_group_or_none(),
    ]
}

fn steps(name: &str, machine: Machine, steps: &Steps) -> Case {
    let raises: Vec<String> = steps.iter().map(|(step, _)| format!("raise match {step}")).collect();
    let mut commands = vec!["load matchmaker"];
    commands.extend(raises.iter().map(String::as_str));
    commands.extend(["unload matchmaker", "halt"]);
    let expected = steps.iter().fold(Expectation::shell(0), |expected, (_, said)| expected.then(*said));
    Case::with_tests(&format!("domains::{name}"), machine, &commands, expected)
}

/// How many domains an extension may have made at a time.
const MOST: usize = 64;

/// Who makes domain after domain is stopped; what it gives back it can have again, and others lack nothing.
fn no_more_than_allowed() -> Case {
    let many: Vec<String> = (0..=MOST).map(|number| format!("raise match empty d{number}")).collect();
    let mut commands = vec!["load matchmaker"];
    commands.extend(many.iter().map(String::as_str));
    commands.extend(["raise match create gatekeeper", "load gatekeeper", "raise intruder somebody"]);
    commands.extend([
        "raise match destroy d0",
        "raise match empty again",
        "unload matchmaker",
        "load matchmaker",
    ]);
    commands.extend(["raise match empty d0", "halt"]);
    let refused = format!("no: more than {MOST} domains of one extension's making");
    let expected = Expectation::shell(0)
        .then(format!("match empty: d{} with the right", MOST - 1))
        .then(format!("match empty: {refused}"))
        .then(format!("match create: {refused}"))
        .then("Intruder Alert: somebody")
        .then("match destroy: ends")
        .then("match empty: again with the right")
        .then("match empty: d0 with the right");
    Case::with_tests("domains::no_more_are_made_than_allowed", Machine::virt(), &commands, expected)
}

/// What an extension has made and not run is gone with it, pages and all.
fn ends_with_its_maker() -> Case {
    let mut commands = Vec::new();
    for _ in 0..24 {
        commands.extend(["load matchmaker", "raise match create gatekeeper", "raise match create turnstile"]);
        commands.extend(["raise match empty box", "raise match add box turnstile", "domains"]);
        commands.extend(["unload matchmaker", "mem"]);
    }
    commands.extend(["load gatekeeper", "raise intruder somebody", "halt"]);
    let expected = Expectation::shell(0).contains("created").contains("Intruder Alert: somebody");
    let expected = expected.settled("extensions").settled("heap");
    Case::with_tests(
        "domains::what_was_made_and_not_run_ends_with_its_maker",
        Machine::virt(),
        &commands,
        expected,
    )
}

/// `load` names the domain that is not there.
fn names_that_are_not_there() -> Case {
    let commands = [
        "load gatekeeper with Nowhere",
        "load gatekeeper,absent",
        "load gatekeeper with spindle-event",
        "halt",
    ];
    let expected = Expectation::shell(1)
        .contains("no domain is called `Nowhere`, to link it to")
        .contains("no extension `absent`")
        .contains("interface `spindle_console` was not given to this domain");
    Case::with_tests("domains::load_names_what_is_not_there", Machine::virt(), &commands, expected)
}

/// Of several that are loaded together none stays when the entry of one fails, and each ends once.
fn all_of_a_group_or_none() -> Case {
    let mut commands = Vec::new();
    for _ in 0..24 {
        commands.push("load gatekeeper,misfit");
        // An unload is over when its grace periods are, and so are those of all that came before.
        commands.extend(["load turnstile", "unload turnstile"]);
        commands.extend([
            "load gatekeeper",
            "raise intruder somebody",
            "unload gatekeeper",
            "domains",
            "mem",
        ]);
    }
    // The end of what failed is awaited by nobody: time goes by until the last figures are taken.
    for _ in 0..4 {
        commands.extend(["load gatekeeper", "unload gatekeeper", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(1)
        .then("`misfit` refused at init: its entry failed: does not fit here")
        .then("Intruder Alert: somebody")
        .settled("extensions")
        .settled("heap");
    Case::with_tests("domains::all_of_a_group_are_loaded_or_none", Machine::virt(), &commands, expected)
}

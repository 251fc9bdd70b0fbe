//! Schedulers: what extensions decide that have the office, and what becomes of those that do what none may.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

/// Ways in which a scheduler fails, and what it loses its office for.
const WAYS: [(&str, &str); 9] = [
    ("ended", "it named strand "),
    ("blocked", "it named strand "),
    ("nobody", "it named nobody, and "),
    ("starves", "it kept strand "),
    ("panics", "it does not answer"),
    ("loops", "it does not answer"),
    ("panics-told", "it does not answer"),
    ("loops-told", "it does not answer"),
    ("recurses", "it does not answer"),
];

/// How often another extension raises and posts behind each failure.
const LOAD: &str = "raise steady 300";
const UNDISTURBED: &str = "steady: 300 raises, 300 posts of 300";
/// Lets time go by, until all cores have done what the end of a domain leaves them to do.
const PAUSE: &str = "raise steady 100";

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = machines().map(failures).collect();
    let counted = [2, 4].map(|cores| Machine::virt().cores(cores).counted());
    cases.extend(counted.into_iter().map(|machine| policies(machine, true)));
    cases.extend([1, 4].map(|cores| policies(Machine::virt().cores(cores), false)));
    cases.push(offices());
    cases
}

/// One, two and four cores, both controllers, and counted.
fn machines() -> impl Iterator<Item = Machine> {
    let gics = [Gic::V2, Gic::V3];
    let all = gics.into_iter().flat_map(|gic| [1, 2, 4].map(|cores| Machine::virt().gic(gic).cores(cores)));
    all.chain([2, 4].map(|cores| Machine::virt().cores(cores).counted()))
}

/// Each way to fail: the office is lost and the right one blamed, no strand is, another extension is undisturbed, all comes back, and the
/// same one can be loaded again.
fn failures(machine: Machine) -> Case {
    let last = machine.cores - 1;
    let mut commands = vec!["load steady".to_owned()];
    let mut expected = Expectation::shell(0).absent("(false)");
    for (way, why) in WAYS {
        commands.extend([
            "load usurper with SpinPublic,spindle_scheduler".to_owned(),
            format!("raise usurp {way}"),
            format!("@await usurper: {way}: over"),
            LOAD.to_owned(),
            "unload usurper".to_owned(),
            PAUSE.to_owned(),
            "mem".to_owned(),
        ]);
        // Elsewhere the host may keep a core from coming back in time.
        let why = if machine.counted { why } else { "" };
        expected = expected
            .then(format!("usurper: its scheduler `{way}` has lost its office on core {last}: {why}"))
            .then(format!("usurper: {way}: all 200 turns were taken (true)"))
            .then(format!("`{way}` has lost its office: {why}"))
            .then(UNDISTURBED);
    }
    commands.extend(["strands", "scheduler", "halt"].map(str::to_owned));
    let expected = expected.then("round_robin  kernel ").settled("extensions").settled("heap");
    case("schedulers::who_fails_loses_its_office_and_nobody_else_does", machine, &commands, expected)
}

/// Strands have the shares that they asked for, and the deadlines; how exactly is judged where time is counted.
fn policies(machine: Machine, is_judged: bool) -> Case {
    let last = machine.cores - 1;
    let mut commands = vec![
        "load fair with SpinPublic,spindle_scheduler".to_owned(),
        "load edf with SpinPublic,spindle_scheduler".to_owned(),
        "load steward with SpinPublic,fair,edf".to_owned(),
        format!("scheduler fair {last}"),
    ];
    let run =
        |pattern: &str| [format!("raise steward {pattern}"), format!("@await steward: {pattern}: over")];
    commands.extend(["shares", "sleeper"].into_iter().flat_map(run));
    commands.push(format!("scheduler edf {last}"));
    commands.extend(["refused", "deadlines", "greedy"].into_iter().flat_map(run));
    commands.extend(
        ["scheduler", "unload steward", "unload edf", "unload fair", "scheduler", "halt"].map(str::to_owned),
    );
    let over = ["shares", "sleeper", "refused", "deadlines", "greedy"];
    let mut expected = Expectation::shell(0);
    for pattern in over {
        expected = expected.then(format!("steward: {pattern}: over"));
    }
    expected = expected.then("edf          edf").then("round_robin  kernel ");
    if is_judged {
        expected = expected.absent("(false)").absent("has lost its office");
    }
    case("schedulers::shares_and_deadlines_are_kept", machine, &commands, expected)
}

/// An operator appoints whom he likes; what can't be is refused by name, and an end of a domain gives its offices back.
fn offices() -> Case {
    let commands = [
        "scheduler fair",
        "load fair",
        "load fair with SpinPublic,spindle_scheduler",
        "scheduler fair 9",
        "scheduler fair",
        "scheduler",
        "scheduler round_robin 0",
        "load weaver",
        "raise weave ping",
        "@await weaver: ping: over",
        "raise weave spread",
        "@await weaver: spread: over",
        "scheduler",
        "unload fair",
        "scheduler",
        "halt",
    ];
    let expected = Expectation::shell(1)
        .then("no scheduler is called `fair`")
        .then("spindle_scheduler")
        .then("core 9 does not run")
        .then("fair         fair    0 1 2 3")
        .then("weaver: ping: over")
        .then("weaver: spread: over")
        .then("fair         fair    1 2 3")
        .then("round_robin  kernel  0 1 2 3")
        .absent("(false)")
        .absent("has lost its office");
    let commands = commands.map(str::to_owned);
    case(
        "schedulers::an_operator_appoints_whom_he_likes",
        Machine::virt().cores(4).counted(),
        &commands,
        expected,
    )
}

fn case(name: &str, machine: Machine, commands: &[String], expected: Expectation) -> Case {
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let mut case = Case::with_tests(name, machine, &commands, expected);
    case.patience = Duration::from_secs(180);
    case
}

//! Strands: what `weaver` finds of them, and what is seen of them at the shell.

use std::time::Duration;

use super::{Case, Image};
use crate::judge::Expectation;
use crate::machine::Machine;

pub(super) fn all() -> Vec<Case> {
    let machines = || {
        [1, 4].into_iter().flat_map(|cores| {
            let machine = Machine::virt().cores(cores);
            [machine.clone(), machine.counted()]
        })
    };
    let mut cases: Vec<Case> = machines().map(patterns).collect();
    cases.extend(machines().map(failures));
    cases.extend(machines().map(unload));
    cases.extend(machines().map(reading));
    cases.push(quota());
    cases.push(swarm(7, 15));
    cases.extend(machines().map(threads));
    cases.extend(machines().map(tasks));
    cases.extend(checked());
    cases
}

/// The same on a kernel that asks at each switch whether the rules of preemption are kept.
fn checked() -> Vec<Case> {
    let machine = Machine::virt().cores(4);
    let cases = [patterns(machine.clone()), failures(machine.counted()), swarm(9, 5)];
    let checked =
        |case: Case| Case { name: format!("{}_by_the_rules", case.name), image: Image::Checked, ..case };
    cases.map(checked).into()
}

/// Ten minutes of the swarm, or ten seconds.
pub(super) fn long(is_short: bool) -> Case {
    swarm(8, if is_short { 10 } else { 600 })
}

/// A thousand strands on four cores, woken, blocked, ended and made more or less urgent at random, under schedulers that come and go: no
/// wake-up is lost.
fn swarm(seed: u64, seconds: u64) -> Case {
    let over = format!("swarm: seed {seed}, 1000 strands, {seconds} s:");
    let raise = format!("raise swarm {seed} {seconds}");
    let commands = [
        "load swarm with SpinPublic,spindle_scheduler heap=16M",
        &raise,
        "@await swarm: over",
        "strands",
        "unload swarm",
        "halt",
    ];
    let expected = Expectation::shell(0).then(over.as_str()).tells(over.as_str()).contains(", 0 lost");
    let mut case =
        Case::with_tests("strands::no_wake_up_is_lost", Machine::virt().cores(4), &commands, expected);
    case.patience = Duration::from_secs(seconds + 90);
    case
}

/// What the package `threads` offers, without what fails on purpose, and without what leaves threads behind.
const THREADS: [&str; 12] = [
    "told",
    "mutex",
    "rwlock",
    "inherit",
    "chain",
    "condvar",
    "semaphore",
    "barrier",
    "channel",
    "park",
    "sleep",
    "interrupt",
];
/// The same, where a thread panics.
const THREADS_THAT_FAIL: [&str; 6] = ["join", "poison", "holds", "lost", "rwlost", "local"];

fn threads(machine: Machine) -> Case {
    // How long somebody waits is judged only where time is counted.
    let is_timed = |pattern: &&&str| ["inherit", "chain"].contains(pattern);
    let is_counted = machine.counted;
    let patterns =
        THREADS.iter().chain(&THREADS_THAT_FAIL).filter(|pattern| is_counted || !is_timed(pattern));
    packages(
        "strands::threads_are_as_those_of_std",
        machine,
        "weft",
        &["load threads", "load weft with SpinPublic,threads"],
        patterns,
    )
}

/// What the packages `tasks` and `cothreads` offer.
const TASKS: [&str; 13] = [
    "spawn", "channel", "select", "timers", "cancel", "panic", "cores", "many", "ring", "leave", "yield",
    "closing", "oneshot",
];

fn tasks(machine: Machine) -> Case {
    let load = ["load tasks", "load cothreads", "load skein with SpinPublic,tasks,cothreads"];
    packages("strands::tasks_and_coroutines_go_on_by_turns", machine, "skein", &load, TASKS.iter())
}

/// Runs patterns of an extension that uses packages.
fn packages<'a>(
    name: &str,
    machine: Machine,
    by: &str,
    load: &[&str],
    patterns: impl Iterator<Item = &'a &'a str>,
) -> Case {
    let mut commands: Vec<String> = load.iter().map(|line| (*line).to_owned()).collect();
    let mut expected = Expectation::shell(0).absent("(false)");
    for pattern in patterns {
        commands.extend([format!("raise {by} {pattern}"), format!("@await {by}: {pattern}: over")]);
        expected = expected.contains(format!("{by}: {pattern}: over"));
    }
    commands.push("halt".to_owned());
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let mut case = Case::with_tests(name, machine, &commands, expected);
    case.patience = Duration::from_secs(120);
    case
}

/// Patterns in which nobody fails.
const PATTERNS: [&str; 11] =
    ["ends", "ping", "permit", "halt", "sleep", "turns", "computes", "urgent", "spread", "package", "ruled"];

/// A command that begins a pattern, and one that waits for its end.
fn weave(pattern: &str) -> [String; 2] {
    [format!("raise weave {pattern}"), format!("@await weaver: {pattern}: over")]
}

fn weaving(name: &str, machine: Machine, patterns: &[&str], expected: Expectation) -> Case {
    let mut commands = vec!["load weaver".to_owned()];
    commands.extend(patterns.iter().flat_map(|pattern| weave(pattern)));
    commands.push("halt".to_owned());
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let mut case = Case::with_tests(name, machine, &commands, expected.absent("(false)"));
    case.patience = Duration::from_secs(120);
    case
}

fn patterns(machine: Machine) -> Case {
    let expected = PATTERNS.iter().fold(Expectation::shell(0), |expected, pattern| {
        expected.contains(format!("weaver: {pattern}: over"))
    });
    let expected = expected.absent("log: weaver");
    weaving("strands::they_wait_wake_and_take_turns", machine, &PATTERNS, expected)
}

fn failures(machine: Machine) -> Case {
    let expected = Expectation::shell(0)
        .contains("weaver: panics: who waits for its end goes on (true)")
        .contains("weaver panicked at src/failing.rs")
        .contains("weaver: nested: all three were told that it is given up (true)")
        .contains("weaver: overflows: who waits for its end goes on (true)")
        .contains("weaver overflowed its stack")
        .contains("weaver: told: one that is computing ends (true)")
        .contains("weaver: bombs: after 4095 more: `weaver` has 4096 strands already (true)");
    weaving(
        "strands::who_fails_or_is_told_to_ends_alone",
        machine,
        &["panics", "nested", "overflows", "told", "bombs", "ends"],
        expected,
    )
}

/// What is typed goes to the strand that waits for it, and to the shell again when that has read a line.
fn reading(machine: Machine) -> Case {
    let commands = [
        "load weaver",
        "raise weave reads",
        "@await weaver: reads: it listens",
        "unload weaver",
        "@await weaver: reads: over",
        "domains",
        "unload weaver",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("weaver: reads: it reads what is typed (true)")
        .then("weaver: reads: nothing is lost (true)")
        .then("weaver: reads: over")
        .then("weaver");
    Case::with_tests("strands::one_that_reads_blocks_until_somebody_types", machine, &commands, expected)
}

/// A domain ends although its strands are at everything that they can be at.
fn unload(machine: Machine) -> Case {
    let commands = [
        "load weaver",
        "raise weave stays",
        "@await weaver: stays: over",
        "strands",
        "top",
        "unload weaver",
        "strands",
        "domains",
        "load weaver",
        "raise weave ends",
        "@await weaver: ends: over",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("weaver: stays: all of them stay (true)")
        .then("computes")
        .then("of one core, in the last")
        .then("weaver: ends: over")
        .absent("(false)");
    let mut case =
        Case::with_tests("strands::a_domain_ends_with_all_its_strands", machine, &commands, expected);
    case.patience = Duration::from_secs(120);
    case
}

/// A domain begins no more strands than it may have.
fn quota() -> Case {
    let commands =
        ["load weaver strands=8", "raise weave bombs", "@await weaver: bombs: over", "domain weaver", "halt"];
    let expected = Expectation::shell(0)
        .then("weaver: bombs: after 7 more: `weaver` has 8 strands already")
        .then("weaver: bombs: then one begins again (true)")
        .then("strands ");
    Case::with_tests("strands::no_more_than_its_quota", Machine::virt().cores(4), &commands, expected)
}

//! The fault matrix: each way to fail, on every kind of machine.
//!
//! For each way: the failure is contained and blamed by name, the raise goes on, another extension's load is undisturbed, the
//! domain ends, all that it had comes back, and it can be loaded again.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

/// A way to fail; what is said of it, in this order, before the raise goes on, and afterwards.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// How often the other extension raises and posts behind each failure.
const LOAD: &str = "raise steady 300";
const UNDISTURBED: &str = "steady: 300 raises, 300 posts of 300";

/// Lets time go by, until all cores have done what the end of a domain leaves them to do.
const PAUSE: &str = "raise steady 100";

/// Ways that a handler fails in. What is said of a binding comes a little later than the raise goes on.
const ROWS: &[Row] = &[
    ("panic", &[], &["asked to", "at event `fail` panicked on core 0, strike 1"]),
    ("deep", &["culprit: 6 of 6 destroyed"], &["six frames deep", "at event `fail` panicked"]),
    ("destructor", &[], &["the first of two", "the second of two", "at event `fail` panicked"]),
    ("bounds", &[], &["index out of bounds", "at event `fail` panicked"]),
    ("division", &[], &["attempt to divide with overflow", "at event `fail` panicked"]),
    ("callback", &[], &["it has no words", "at event `fail` panicked"]),
    ("recursion", &[], &["culprit overflowed its stack", "at event `fail` overflowed its stack on core 0"]),
    ("huge-frame", &[], &["culprit overflowed its stack", "at event `fail` overflowed its stack"]),
    ("abort", &[], &["culprit faulted: data abort on a load at 0x8", "at event `fail` faulted on core 0"]),
    ("wild-call", &[], &["culprit faulted: instruction abort at 0x8", "at event `fail` faulted on core 0"]),
    (
        "wild-return",
        &["culprit: wild-return: its handler is installed"],
        &["faulted: instruction abort at 0x8", "at event `target` faulted on core 0"],
    ),
    ("hoard", &[], &["culprit panicked at", "at event `fail` panicked"]),
    ("bindings", &["bindings: event `target` has no memory for one more binding (true)"], &[]),
    ("posts", &["culprit: posts: some refused"], &[]),
    ("strands", &["culprit: strands: `culprit` has 4096 strands already (true)"], &[]),
    ("loop", &["culprit: loop: its handler is installed"], &["at event `target` took too long on core 0"]),
    ("wait", &["culprit: wait: its handler is installed"], &["at event `target` took too long"]),
    ("guard-loop", &["culprit: guard-loop: its handler is quarantined"], &["guard of binding"]),
    (
        "guard-panic",
        &["culprit: guard-panic: its handler is quarantined"],
        &["a guard was asked to", "at event `target` panicked"],
    ),
    (
        "lock",
        &[],
        &[
            "culprit: who held the lock last was ended",
            "culprit: around it, who held the lock last was ended",
            "renewed (true)",
            "with a lock held",
            "`fail` panicked",
        ],
    ),
    (
        "lock-abort",
        &[],
        &[
            "culprit: who held the lock last was ended",
            "culprit: around it, who held the lock last was ended",
            "renewed (true)",
            "`fail` faulted on core 0",
        ],
    ),
    (
        "lock-loop",
        &["culprit: lock-loop: its handler is installed"],
        &[
            "culprit: who held the lock last was ended",
            "culprit: around it, who held the lock last was ended",
            "renewed (true)",
            "`target` took too long",
        ],
    ),
    ("drip", &["culprit: drip: its handler is installed"], &[]),
];

/// Ways to fail when the domain ends.
const ENDS: &[(&str, &str)] = &[
    ("at-unload", "culprit: a destructor panicked"),
    ("loop-at-unload", "culprit: a destructor took too long"),
];

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = machines().into_iter().map(matrix).collect();
    cases.extend(machines().into_iter().map(ends));
    cases.extend(machines().into_iter().map(locks));
    cases.extend(
        machines().into_iter().filter(|machine| !(machine.counted && machine.cores == 1)).map(runaways),
    );
    cases.extend(machines().into_iter().map(brinks));
    cases.push(three_strikes());
    cases.push(entry());
    cases.push(restarts(Machine::virt(), &["domains", "halt"]));
    // There the last end is over by then, each time.
    cases.push(restarts(
        Machine::virt().counted(),
        &["domains", "load steady", LOAD, "load phoenix", "raise burn 0", "domains", "halt"],
    ));
    cases
}

/// One, two and four cores, both controllers.
fn machines() -> Vec<Machine> {
    let gics = [Gic::V2, Gic::V3];
    let all = gics.into_iter().flat_map(|gic| [1, 2, 4].map(|cores| Machine::virt().gic(gic).cores(cores)));
    all.chain([Machine::virt().counted()]).collect()
}

fn matrix(machine: Machine) -> Case {
    let mut commands = vec!["load steady".to_owned()];
    let mut expected = Expectation::shell(0);
    for (way, before, after) in ROWS {
        commands.extend(["load culprit".to_owned(), format!("raise fail {way}"), LOAD.to_owned()]);
        commands.extend(["unload culprit".to_owned(), PAUSE.to_owned(), "mem".to_owned()]);
        for text in *before {
            expected = expected.then(*text);
        }
        expected = expected.then(format!("culprit: {way}: the raise goes on"));
        for text in *after {
            expected = expected.then(*text);
        }
        expected = expected.then(UNDISTURBED);
    }
    finish("faults::each_failure_is_contained", machine, commands, expected)
}

fn ends(machine: Machine) -> Case {
    let mut commands = vec!["load steady".to_owned()];
    let mut expected = Expectation::shell(0);
    for (way, said) in ENDS {
        commands.extend([
            "load culprit".to_owned(),
            format!("raise fail {way}"),
            "unload culprit".to_owned(),
        ]);
        commands.extend([LOAD.to_owned(), "mem".to_owned()]);
        expected = expected.then(*said).then(UNDISTURBED);
    }
    finish("faults::a_failure_at_its_own_end_is_contained", machine, commands, expected)
}

/// Functions of the kernel that find next to nothing left of the stack come to their end, whatever they hold; then who called
/// them is ended.
fn brinks(machine: Machine) -> Case {
    let commands = ["load steady", "load culprit", "raise fail brink", LOAD, "unload culprit", PAUSE, "mem"];
    let expected = Expectation::shell(0)
        .then("culprit overflowed its stack: its stack was full in a function of the kernel")
        .then("some of them ended (true)")
        .then("culprit: brink: the raise goes on")
        .then(UNDISTURBED);
    let commands = commands.map(str::to_owned).into();
    finish("faults::a_full_stack_leaves_the_kernel_whole", machine, commands, expected)
}

/// What loops without a budget, in a handler or in the destructor of something posted, is shown by `cores`, and ended when somebody asks for the end of its domain. On the only core
/// there is nobody can, since the shell waits there: then after a while.
fn runaways(machine: Machine) -> Case {
    let end = if machine.cores == 1 { "took too long" } else { "was still running at its domain's end" };
    let mut commands = vec!["load steady"];
    let mut expected = Expectation::shell(0);
    let ways = [
        ("runaway", "raise fail runaway"),
        ("runaway-wait", "raise fail runaway-wait"),
        ("posted-loop", "raise fail posted-loop"),
    ];
    for (way, raise) in ways {
        commands.extend(["load culprit", raise]);
        expected = expected.then(format!("culprit: {way}: the raise goes on"));
        if machine.cores > 1 && way == "runaway" && !machine.counted {
            commands.extend(["raise fail nap", "cores"]);
            expected = expected.then("culprit for ");
        }
        commands.extend(["unload culprit", LOAD, "mem"]);
        expected = match way {
            "posted-loop" => expected.then(format!("culprit: {end} in what the kernel ran for it")),
            _ => expected
                .then(format!("culprit {end}: called off"))
                .then(format!("at event `target` {end} on core")),
        };
        expected = expected.then(UNDISTURBED);
    }
    let commands = commands.into_iter().map(str::to_owned).collect();
    finish("faults::a_loop_without_a_budget_is_ended", machine, commands, expected)
}

/// Loads and ends it a few times more, so that what it had is seen to be back.
fn finish(name: &str, machine: Machine, mut commands: Vec<String>, expected: Expectation) -> Case {
    for _ in 0..3 {
        commands.extend(
            ["load culprit", "raise fail panic", LOAD, "unload culprit", PAUSE, "mem"].map(str::to_owned),
        );
    }
    commands.push("halt".to_owned());
    let expected = expected
        .then("culprit: panic: the raise goes on")
        .then(UNDISTURBED)
        .settled("extensions")
        .settled("heap");
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    Case::with_tests(name, machine, &commands, expected)
}

/// Two extensions take two locks in reverse order, on two cores if there are as many: neither waits for ever.
fn locks(machine: Machine) -> Case {
    let commands = [
        "load latch",
        "load turner with SpinPublic,latch",
        "raise latch 2000",
        "raise latch 2000",
        "unload turner",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("latch: 4000 turns, all taken or refused (true)")
        .then("latch: 4000 turns, all taken or refused (true)");
    Case::with_tests("faults::locks_in_reverse_order_stop_nobody", machine, &commands, expected)
}

/// A handler that fails three times is uninstalled, and its event goes on without it.
fn three_strikes() -> Case {
    let commands = [
        "load culprit",
        "raise fail panic",
        "raise fail abort",
        "raise fail recursion",
        "raise fail panic",
        "log",
        "event fail",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("panicked on core 0, strike 1")
        .then("faulted on core 0, strike 2")
        .then("overflowed its stack on core 0, strike 3: uninstalled")
        .then("culprit: panic: the raise goes on")
        .contains("culprit at culprit::failures::deeper+0x")
        .then("culprit at ")
        .then("quarantined");
    Case::with_tests(
        "faults::a_handler_that_fails_three_times_is_uninstalled",
        Machine::virt(),
        &commands,
        expected,
    )
}

/// An entry that fails ends its domain.
fn entry() -> Case {
    let commands = ["load stillborn", "log", "log", "log", "halt"];
    let expected = Expectation::shell(1)
        .then("stillborn panicked at")
        .then("`stillborn` refused at init: its entry panicked");
    Case::with_tests("faults::an_entry_that_fails_ends_its_domain", Machine::virt(), &commands, expected)
}

/// An extension that asks for it is started again, later each time, and at last stays down until somebody loads it.
fn restarts(machine: Machine, then: &[&str]) -> Case {
    let mut commands = vec!["load phoenix"];
    for said in ["@await up as domain 3", "@await up as domain 4", "@await phoenix stays down"] {
        commands.extend(["raise burn 1"; 3]);
        commands.push(said);
    }
    commands.extend(then);
    let mut expected = Expectation::shell(0)
        .then("phoenix is started again in 20 ms, 1 of 2 times")
        .then("phoenix is started again in 40 ms, 2 of 2 times")
        .then("phoenix stays down: 2 restarts in 60 s are all it may have")
        .then("phoenix stays down (at most 2 times in 60 s): handler of binding");
    if then.contains(&"load phoenix") {
        expected = expected.then("phoenix is up as domain 6");
    }
    Case::with_tests("faults::an_extension_that_asks_for_it_is_started_again", machine, &commands, expected)
}

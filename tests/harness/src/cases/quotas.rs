//! Quotas: what a domain may have is said at load, shown, and kept, and nobody else is worse off.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

pub(super) fn all() -> Vec<Case> {
    let mut cases = vec![bindings(Machine::virt()), bindings(Machine::rpi4())];
    cases.extend([1, 4].map(|cores| slots(Machine::virt().cores(cores))));
    cases.push(slots(Machine::virt().gic(Gic::V3).cores(2)));
    // Counted: a core that the host keeps from running would take that for the handler's own time, and end it.
    cases.extend([1, 2, 4].map(|cores| share(Machine::virt().cores(cores).counted())));
    cases.extend([Machine::virt(), Machine::virt().cores(1)].map(exhausted));
    cases.extend([frames(), said_wrongly(), several(), handed_down()]);
    cases
}

/// Who binds more than it may is refused, and has all of it again when it has given it back.
fn bindings(machine: Machine) -> Case {
    let commands = [
        "load glutton bindings=5",
        "load gatekeeper",
        "raise gorge bindings",
        "raise gorge bindings",
        "domain glutton",
        "raise intruder front-door",
        "unload glutton",
        "load glutton",
        "domain glutton",
        "halt",
    ];
    let refused = "glutton: 4 more bindings, then: domain `glutton` has all 5 bindings that it may have, and can't \
                   handle `morsel` too (true)";
    let expected = Expectation::shell(0)
        .then(refused)
        .then(refused)
        .then("5        2")
        .then("Intruder Alert: front-door")
        .then("1        -        0");
    Case::with_tests("quotas::who_binds_too_much_is_refused", machine, &commands, expected)
}

/// Who posts more than it may is refused, also when it comes again; others post as before.
fn slots(machine: Machine) -> Case {
    let mut commands = vec!["load steady"];
    let mut expected = Expectation::shell(0);
    for _ in 0..3 {
        commands.extend(["load glutton slots=16", "raise gorge slots", "raise steady 300"]);
        commands.extend(["raise gorge slots", "domain glutton", "unload glutton"]);
        let refused = "glutton: 16 posts, then: no slot left for a post to core 0: this domain may have 16 on their way (true)";
        expected = expected.then(refused).then("steady: 300 raises, 300 posts of 300").then(refused);
        expected = expected.then("16        2");
    }
    commands.extend(["load glutton slots=3", "raise gorge slots", "unload glutton"]);
    commands.extend(["load glutton", "raise gorge slots", "halt"]);
    let expected = expected
        .then("glutton: 3 posts, then")
        .then("posts, then: no slot left for a post to core 0 (false)");
    Case::with_tests("quotas::who_posts_too_much_is_refused", machine, &commands, expected)
}

/// Who wants half of a core gets what it may have of it, now and later.
fn share(machine: Machine) -> Case {
    let commands = [
        "load glutton share=20%",
        "load gatekeeper",
        "raise gorge time",
        "@await glutton: its handlers have had 20% of core 0, and are left out for a while",
        "raise intruder front-door",
        "@await glutton: 40 turns",
        "domain glutton",
        "unload glutton",
        "raise intruder back-door",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("Intruder Alert: front-door")
        .then("glutton: 40 turns")
        .then("share %")
        .then("Intruder Alert: back-door")
        .absent("took too long");
    Case::with_tests("quotas::who_wants_half_a_core_gets_its_share", machine, &commands, expected)
}

/// An object that takes more pages than it may is not loaded.
fn frames() -> Case {
    let commands =
        ["load gatekeeper frames=2", "domains", "load gatekeeper frames=64", "domain gatekeeper", "halt"];
    let expected = Expectation::shell(1)
        .contains("`gatekeeper` refused at place: `gatekeeper` takes ")
        .then("pages of memory, and may have 2")
        .then("gatekeeper is domain")
        .then("64        0");
    Case::with_tests("quotas::who_takes_too_many_pages_is_not_loaded", Machine::virt(), &commands, expected)
}

/// What is no quota is refused before anything is loaded.
fn said_wrongly() -> Case {
    let commands = [
        "load gatekeeper bindings=",
        "load gatekeeper share=200%",
        "load gatekeeper slots=7 slots=8",
        "load gatekeeper slots=100000",
        "load gatekeeper colour=red",
        "load gatekeeper frames=4K share=1%",
        "domain gatekeeper",
        "domain",
        "load gatekeeper share=1% slots=0 bindings=9 heap=100K",
        "halt",
    ];
    let expected = Expectation::shell(1)
        .then("`` is no number")
        .then("`200%` is no share of a core; write 1% to 100%")
        .then("`slots=8` comes behind another of its kind")
        .then("100000 inbox slots are more than the 512 that a quota can be")
        .then("`load` has no use for `colour=red`")
        .then("`4K` is no number")
        .then("no domain is called `gatekeeper`")
        .then("`domain` needs the name of a domain")
        .then("gatekeeper is domain");
    Case::with_tests("quotas::what_is_no_quota_is_refused", Machine::virt(), &commands, expected)
}

/// Who leaks what the kernel makes for it fails when little is left, each time. The kernel and its shell go on; what would have the
/// kernel note more is refused, until somebody leaves.
fn exhausted(machine: Machine) -> Case {
    let commands = [
        "load steady",
        "load gatekeeper",
        "load glutton",
        "raise gorge leaks",
        "raise gorge more-leaks",
        "load echo",
        "replace gatekeeper gatekeeper",
        "names",
        "event gorge",
        "domains",
        "mem",
        "unload glutton",
        "raise steady 300",
        "unload gatekeeper",
        "unload steady",
        "domains",
        "halt",
    ];
    let expected = Expectation::shell(1)
        .contains("glutton panicked at")
        .contains("at event `gorge` panicked on core 0, strike 2")
        .then("`echo` refused at init: its entry panicked")
        .then("`gatekeeper` refused at init: its entry failed: no memory for one more binding")
        .then("/svc/objects")
        .then("event gorge of glutton")
        .then("steady: 300 raises, 300 posts of 300");
    Case::with_tests(
        "quotas::who_leaks_the_kernel_s_memory_does_not_end_it",
        machine.memory("64M"),
        &commands,
        expected,
    )
}

/// Sets of slots are few, and come back.
fn several() -> Case {
    let mut commands = Vec::new();
    for _ in 0..20 {
        commands.extend(["load glutton slots=5", "raise gorge slots", "unload glutton", "domains", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0).absent("error").settled("heap").settled("extensions");
    Case::with_tests("quotas::slots_come_back", Machine::virt(), &commands, expected)
}

/// Whoever takes the place of another has what that one had, and no more.
fn handed_down() -> Case {
    let commands = [
        "load post-office",
        "load clerk-1 with SpinPublic,post-office bindings=7 slots=9 frames=60",
        "replace clerk-1 clerk-2",
        "domain clerk-2",
        "halt",
    ];
    let expected = Expectation::shell(0).then("60        0").then("7        0").then("9        0");
    Case::with_tests("quotas::who_takes_a_place_takes_its_quotas", Machine::virt(), &commands, expected)
}

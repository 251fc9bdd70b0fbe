//! Stress through the shell: storms of posts, and extensions that come and go while others work.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

pub(super) fn all() -> Vec<Case> {
    vec![
        storm(Machine::virt(), 100_000),
        storm(Machine::virt().gic(Gic::V2), 100_000),
        storm(Machine::virt().counted(), 2_000),
        storm(Machine::rpi4(), 10_000),
        come_and_go(),
        leave_events_behind(Machine::virt()),
        flicker(Machine::virt()),
        flicker(Machine::virt().cores(1)),
        flicker(Machine::virt().cores(8)),
    ]
}

/// Every core posts so many times to every other core: none lost, none twice, each sender's in order.
fn storm(machine: Machine, posts: u64) -> Case {
    let cores = machine.cores as u64;
    let raise = format!("raise post-storm {posts}");
    let commands = ["load post-storm", &raise, "@await storm over:", "unload post-storm", "halt"];
    let arrived = format!("storm over: {} arrived, 0 wrong", cores * (cores - 1) * posts);
    let mut case = Case::with_tests(
        "load::no_post_is_lost",
        machine,
        &commands,
        Expectation::shell(0).contains(arrived),
    );
    case.patience = Duration::from_secs(240);
    case
}

/// Loads and unloads while another core's timer ticks into the same console; memory ends where it began. As often as it takes for
/// a few bytes each time to show in a figure of KiB.
fn come_and_go() -> Case {
    let mut commands = Vec::new();
    for _ in 0..3 {
        commands.extend(["load metronome", "raise metronome 3 1"]);
        for _ in 0..40 {
            commands.extend(["load gatekeeper", "raise intruder door", "unload gatekeeper"]);
        }
        // An unload is over when its grace periods are, and so are those of all that came before.
        commands.extend(["raise metronome off", "unload metronome", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0).settled("extensions").settled("heap");
    let mut case =
        Case::with_tests("load::what_comes_and_goes_leaves_nothing", Machine::virt(), &commands, expected);
    case.patience = Duration::from_secs(120);
    case
}

/// Events that a domain made on the heap are off the list when it is gone. Their memory is not: it was leaked.
fn leave_events_behind(machine: Machine) -> Case {
    let mut commands = Vec::new();
    for _ in 0..3 {
        commands.extend(["load leaker", "events", "unload leaker", "events", "domains", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0).contains("leaked-and-bound").settled("extensions");
    Case::with_tests("load::an_event_on_the_heap_goes_with_its_domain", machine, &commands, expected)
}

/// Destructors that install, uninstall and post while their domain ends have all run before its code goes.
fn flicker(machine: Machine) -> Case {
    let mut commands = Vec::new();
    // More lines than the shell's history and the kernel's log keep, so that both have stopped growing.
    for _ in 0..48 {
        commands.extend(["load flicker", "unload flicker", "events", "domains", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0).settled("extensions").settled("heap");
    Case::with_tests("load::destructors_run_before_their_code_goes", machine, &commands, expected)
}

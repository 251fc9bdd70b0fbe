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
        churn(Machine::virt(), 200),
        churn(Machine::virt().gic(Gic::V2), 30),
        churn(Machine::virt().cores(8), 30),
        churn(Machine::virt().counted(), 5),
        churn_with("load::what_comes_and_goes_may_do_so_in_its_destructors", "flicker", "all as before"),
        churn_with("load::what_is_leaked_comes_back", "leaker", "all as before"),
        churn_with("load::what_statics_own_comes_back", "hoarder", "all as before"),
        churn_with("load::a_byte_that_does_not_come_back_is_noticed", "forgetful", ": heap bytes differ"),
    ]
}

/// Ten thousand cycles of [`churn`], for [`super::soak_once`].
pub(super) fn long_churn(is_short: bool) -> Case {
    let mut case = churn(Machine::virt(), if is_short { 100 } else { 10_000 });
    case.patience = Duration::from_secs(4 * 3600);
    case
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

/// Five extensions come and go, so many times, while every core raises their events; then memory, names, events and bindings
/// are as they were, to the byte.
fn churn(machine: Machine, cycles: u64) -> Case {
    let raise = format!("raise churn {cycles}");
    let over = format!("churn over: {cycles} cycles");
    churned("load::five_come_and_go_under_load_and_leave_nothing", machine, &raise, &over, "all as before")
}

/// The same with one more that comes and goes.
fn churn_with(name: &str, extra: &str, verdict: &str) -> Case {
    let raise = format!("raise churn 10 {extra}");
    churned(name, Machine::virt(), &raise, "churn over: 10 cycles", verdict)
}

fn churned(name: &str, machine: Machine, raise: &str, over: &str, verdict: &str) -> Case {
    let commands = ["load churn with SpinTrusted", raise, "@await churn over:", "unload churn", "halt"];
    let expected = Expectation::shell(0).contains(over).contains(" 0 wrong, ").contains(verdict);
    let mut case = Case::with_tests(name, machine, &commands, expected.absent("churn over: failed"));
    case.patience = Duration::from_secs(300);
    case
}

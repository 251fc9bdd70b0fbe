//! The rules of events, each in a case that is named after it: what becomes of handlers and guards that fail, where handlers
//! run, what posts promise.
//!
//! The handlers that fail are of another domain than the raiser. In what they give, a hundred stands for one that came to its
//! end, and one for the raiser's own behind it.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(machines().into_iter().flat_map(ended));
    cases.extend(machines().into_iter().flat_map(guarded));
    cases.extend(machines().into_iter().flat_map(placed));
    cases.extend(few().into_iter().flat_map(counted_out));
    cases.extend(few().into_iter().flat_map(shown));
    cases.extend([Gic::V2, Gic::V3].into_iter().flat_map(charged));
    cases.push(storm(Machine::virt(), [1, 5, 5]));
    cases.push(storm(Machine::virt().gic(Gic::V2).cores(2), [1, 1, 1]));
    cases.push(storm(Machine::virt().counted(), [0, 0, 0]));
    cases
}

/// A storm of ten seconds or of ten minutes, for [`super::soak_once`].
pub(super) fn long_storm(is_short: bool) -> Case {
    storm(Machine::virt(), if is_short { [1, 5, 5] } else { [1, 1, 600] })
}

/// Four cores raise, post, install, uninstall and swap at once, for so many seconds; then once more, which needs no more
/// memory. With no seconds each core has a turn.
fn storm(machine: Machine, seconds: [u64; 3]) -> Case {
    let mut commands = Vec::new();
    // More lines than the shell's history and the kernel's log keep, so that both have stopped growing.
    for _ in 0..FULL_HISTORY {
        commands.extend(["uptime", "mem"].map(str::to_owned));
    }
    commands.push("load event-storm".to_owned());
    let mut expected = Expectation::shell(0).settled("heap");
    for (round, seconds) in seconds.iter().enumerate() {
        commands.push(format!("raise event-storm {seconds}"));
        commands.push(format!("@await event storm {} over:", round + 1));
        // An unload is over when its grace periods are, and so are those of all that came before.
        commands.extend(["load gatekeeper", "unload gatekeeper", "mem"].map(str::to_owned));
        expected = expected.then(format!("event storm {} over:", round + 1));
    }
    commands.extend(["events", "unload event-storm", "halt"].map(str::to_owned));
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    // No other number of wrongs than none: none ends in another digit, or has one before its zero.
    let wrongs =
        (1..10).map(|digit| format!("{digit} wrong")).chain((0..10).map(|digit| format!("{digit}0 wrong")));
    let expected =
        wrongs.fold(expected.contains(" swaps, 0 wrong").absent("took too long"), Expectation::absent);
    let mut case =
        Case::with_tests("events::every_raise_of_a_storm_is_accounted_for", machine, &commands, expected);
    case.patience = Duration::from_secs(120 + 2 * seconds.iter().sum::<u64>());
    case
}

/// Half as many commands as the shell remembers.
const FULL_HISTORY: usize = 33;

/// One, two and four cores, both controllers, in parallel and counted.
fn machines() -> Vec<Machine> {
    let mut machines = Vec::new();
    for cores in [1, 2, 4] {
        for gic in [Gic::V2, Gic::V3] {
            let machine = Machine::virt().gic(gic).cores(cores);
            machines.extend([machine.clone(), machine.counted()]);
        }
    }
    machines
}

/// For what does not differ from one machine to the other.
fn few() -> Vec<Machine> {
    let virt = Machine::virt;
    vec![virt(), virt().counted(), virt().gic(Gic::V2).cores(2), virt().gic(Gic::V2).cores(1).counted()]
}

/// Raises each of `raised` with both domains there.
fn misbehave(name: &str, machine: &Machine, raised: &[&str], expected: Expectation) -> Case {
    let mut commands =
        vec!["load miscreant".to_owned(), "load misbehave with SpinPublic,miscreant".to_owned()];
    commands.extend(raised.iter().map(|&one| match one.starts_with('@') {
        true => one.to_owned(),
        false => format!("raise {one}"),
    }));
    commands.extend(["domains", "unload misbehave", "unload miscreant", "halt"].map(str::to_owned));
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    Case::with_tests(&format!("events::{name}"), machine.clone(), &commands, expected)
}

fn ok() -> Expectation {
    Expectation::shell(0).absent("not tried").absent("nobody misbehaves")
}

/// Handlers that take longer than their budgets, wherever they are.
fn ended(machine: Machine) -> Vec<Case> {
    // Alone, its event's entry is another one than beside somebody else.
    let overruns = |name: &str, way: &str| {
        let (beside, alone) = (format!("misbehave {way}"), format!("misbehave {way} 1 alone"));
        let expected = ok()
            .then(format!("misbehave: {way} 1: 1"))
            .then(format!("misbehave: {way} is installed, 1 overruns, 0 panics"))
            .then("at event `deed` took too long on core 0, strike 1")
            .then(format!("misbehave: {way} 1: 0"))
            .then(format!("misbehave: {way} is installed, 1 overruns, 0 panics"));
        misbehave(name, &machine, &[&beside, &alone], expected)
    };
    let panics = |name: &str, way: &str, message: &str| {
        let expected = ok()
            .contains("miscreant panicked at")
            .then(format!("misbehave: {way} 1: 1"))
            .then(format!("misbehave: {way} is installed, 0 overruns, 1 panics"))
            .then("at event `deed` panicked on core")
            .contains(message);
        misbehave(
            name,
            &machine,
            &[&format!("misbehave {way}"), &format!("misbehave {way} 1 alone")],
            expected,
        )
    };
    let last = machine.cores - 1;
    vec![
        overruns("a_handler_that_loops_is_ended", "loop"),
        overruns("a_handler_that_writes_is_ended_when_the_kernel_returns", "write"),
        overruns("a_handler_that_allocates_is_ended_when_the_kernel_returns", "format"),
        overruns("a_handler_that_relaxes_is_ended", "relax"),
        overruns("a_handler_that_waits_is_ended_by_cancelling_the_wait", "wait"),
        panics("a_handler_that_panics_is_ended", "panic", "asked to"),
        panics("a_handler_out_of_bounds_is_ended", "bounds", "index out of bounds"),
        panics("a_handler_that_expects_too_much_is_ended", "unwrap", "somebody was to be here"),
        misbehave(
            "a_panic_without_end_is_ended",
            &machine,
            &["misbehave babble", "misbehave panic"],
            ok().then("misbehave: babble 1: 1").then("1 overruns").then("panic 1: 1").then("panicked at"),
        ),
        misbehave(
            "a_late_handler_that_loops_is_ended",
            &machine,
            &["misbehave later", &format!("@await took too long on core {last}"), "misbehave loop"],
            ok().then("misbehave: later 1: 1")
                .then("misbehave: loop 1: 1")
                .contains(format!("took too long on core {last}, strike 1")),
        ),
    ]
}

/// Guards that fail count as no, and are out at once.
fn guarded(machine: Machine) -> Vec<Case> {
    let fails = |name: &str, way: &str, what: &str, count: &str| {
        let expected = ok()
            .then(format!("misbehave: {way} 1: 1"))
            .then(format!("misbehave: {way} 2: 1"))
            .then(format!("misbehave: {way} is quarantined, {count}"))
            .contains("miscreant: guard of binding")
            .then(format!("at event `deed` {what} on core 0, strike 1: uninstalled"))
            .absent("strike 2");
        misbehave(name, &machine, &[&format!("misbehave {way} 2")], expected)
    };
    vec![
        fails("a_guard_that_loops_counts_as_no", "guard-loop", "took too long", "1 overruns, 0 panics"),
        fails("a_guard_that_allocates_counts_as_no", "guard-format", "took too long", "1 overruns, 0 panics"),
        fails("a_guard_that_panics_counts_as_no", "guard-panic", "panicked", "0 overruns, 1 panics"),
        misbehave(
            "a_handler_behind_a_guard_may_panic",
            &machine,
            &["misbehave guarded"],
            ok().then("misbehave: guarded 1: 1")
                .then("is installed, 0 overruns, 1 panics")
                .then("handler of binding"),
        ),
    ]
}

/// Strikes, and who is told.
fn counted_out(machine: Machine) -> Vec<Case> {
    let blamed = |strike| format!("at event `deed` took too long on core 0, strike {strike}");
    let told = |what| format!("at event `misbehave-own` {what} on core 0, strike ");
    vec![
        misbehave(
            "three_strikes_and_a_binding_is_uninstalled",
            &machine,
            &["misbehave loop 5"],
            ok().contains("miscreant: handler of binding #")
                .then(blamed("1"))
                .then(blamed("2"))
                .then(blamed("3: uninstalled"))
                .contains("misbehave: loop 5: 1")
                .contains("misbehave: loop is quarantined, 3 overruns, 0 panics")
                .absent("strike 4"),
        ),
        misbehave(
            "an_owner_is_told_of_trouble",
            &machine,
            &["misbehave-own loop", "misbehave-own panic", "misbehave-own loop"],
            ok().contains("misbehave: the owner is told: handler of binding #")
                .contains("misbehave panicked at src/own.rs")
                .then(told("took too long") + "1")
                .then(told("panicked") + "2: uninstalled")
                .absent("strike 3"),
        ),
    ]
}

/// What a budget is charged for. Counted: there only, time is what a handler does.
fn charged(gic: Gic) -> Vec<Case> {
    let machine = Machine::virt().gic(gic).cores(1).counted();
    vec![
        misbehave(
            "a_budget_is_not_charged_for_a_nested_handler",
            &machine,
            &["misbehave delegate"],
            ok().then("misbehave: delegate 1: 101").then("misbehave: delegate is installed, 0 overruns"),
        ),
        misbehave(
            "a_budget_holds_behind_a_nested_handler",
            &machine,
            &["misbehave relapse"],
            ok().then("misbehave: relapse 1: 1").then("misbehave: relapse is installed, 1 overruns"),
        ),
        misbehave(
            "a_budget_is_not_charged_for_interrupts",
            &machine,
            &["misbehave hounded"],
            ok().then("misbehave: hounded 1: 101").then("the time of interrupts is nobody's"),
        ),
    ]
}

/// One rule of the rulebook. What shows it may be said behind the prompt.
fn rule(name: &str, machine: &Machine, rule: &str, says: &str) -> Case {
    let raise = format!("raise rulebook {rule}");
    let says_something = "@await rulebook: ";
    let commands = ["load rulebook", &raise, says_something, "unload rulebook", "halt"];
    let expected = Expectation::shell(0).contains(format!("rulebook: {says}"));
    Case::with_tests(&format!("events::{name}"), machine.clone(), &commands, expected)
}

/// Where asynchronous handlers run, and how often.
fn placed(machine: Machine) -> Vec<Case> {
    let last = machine.cores - 1;
    let placed = |name: &str, one: &str, says: &str| rule(name, &machine, one, says);
    let mut cases = vec![
        placed("a_late_handler_runs_on_the_raiser_s_core", "here", "here: as often as it should"),
        placed("a_late_handler_runs_on_each_core_once", "each", "each core: as often as it should"),
        placed("a_late_handler_runs_on_any_core_once", "any", "any core: as often as it should"),
        placed("what_is_for_any_core_runs_though_all_are_busy", "busy", "any core: as often as it should"),
        placed(
            "a_late_handler_runs_on_the_least_loaded_core",
            "least",
            "least loaded core: as often as it should",
        ),
        rule(
            "a_late_handler_runs_on_the_given_core",
            &machine,
            "given",
            &format!("core {last}: as often as it should"),
        ),
    ];
    if machine.cores > 1 {
        cases.push(placed("an_idle_core_takes_what_is_for_any", "idle", "any core: taken by another core"));
        cases.push(placed(
            "a_core_that_sleeps_is_less_loaded",
            "least-idle",
            "least loaded core: taken by another core",
        ));
        cases.push(placed(
            "a_circle_of_waiting_cores_is_refused",
            "circle",
            "circle: one of the two is refused",
        ));
    }
    let others = format!("wait: {last} of {last} letters over");
    cases.push(placed("a_letter_to_another_core_can_be_waited_for", "wait", &others));
    cases.push(placed(
        "a_letter_to_oneself_can_not_be_waited_for",
        "same-core",
        "same core: Ok(Err(SameCore))",
    ));
    cases
}

/// What handlers of one raise see, and which of them there are.
fn shown(machine: Machine) -> Vec<Case> {
    let shown = |name: &str, one: &str, says: &str| rule(name, &machine, one, says);
    vec![
        shown(
            "a_swap_over_two_events_goes_there_and_back",
            "swap",
            "swap: (1, 2) true (10, 20) true (1, 2), [Installed, Off]",
        ),
        shown("a_filter_changes_what_later_handlers_see", "filter", "filter: 7, then Ok(42), mine still 7"),
        shown("handlers_are_found_by_keys", "keys", "keys: [7, 2, 4, 0, 8, 16]"),
    ]
}

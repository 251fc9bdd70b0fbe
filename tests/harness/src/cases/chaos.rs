//! Chaos: all ways to fail, at random on all cores, beside a load that must not notice.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

pub(super) fn all() -> Vec<Case> {
    let counted = [1, 2, 4].map(|cores| beside(Machine::virt().cores(cores).counted()));
    [chaos(7, 30)].into_iter().chain(counted).collect()
}

/// Each core fails three times a second in whatever way, a destructor that takes all of its time included: a load that has a turn
/// every millisecond misses less than a tenth of them. Where time is counted in instructions this is the same each time.
fn beside(machine: Machine) -> Case {
    let commands =
        ["load chaos with SpinTrusted", "raise chaos 5 5 300", "@await chaos: seed 5, 5 s:", "halt"];
    let expected = Expectation::shell(0)
        .then("chaos: figures:")
        .then("nine tenths (true)")
        .contains(": all as before")
        .contains(" us, 0 wrong, 0 lost")
        .absent(" s: failed,")
        .absent("chaos: handler");
    let name = "chaos::a_steady_load_beside_failures_has_nine_tenths_of_its_turns";
    let mut case = Case::with_tests(name, machine, &commands, expected);
    case.patience = Duration::from_secs(240);
    case
}

/// An hour of it, or ten seconds, for [`super::soak_once`].
pub(super) fn long(is_short: bool) -> Case {
    chaos(8, if is_short { 10 } else { 3600 })
}

/// So many seconds of it; then memory, names, events and bindings are as they were, to the byte, and the next failure is
/// contained as the first was. No handler but the culprit's is given up. How long anything takes, the load's longest raise for one, is
/// told and not judged.
fn chaos(seed: u64, seconds: u64) -> Case {
    let raise = format!("raise chaos {seed} {seconds}");
    let over = format!("chaos: seed {seed}, {seconds} s:");
    let wait = format!("@await {over}");
    let commands = [
        "load chaos with SpinTrusted",
        &raise,
        &wait,
        "load culprit",
        "raise fail panic",
        "unload culprit",
        "unload chaos",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("chaos: figures:")
        .then(over.as_str())
        .tells(over.as_str())
        .then("culprit: panic: the raise goes on")
        .contains(": all as before")
        .contains(" us, 0 wrong, 0 lost")
        .absent(" s: failed,")
        .absent("chaos: handler");
    let name = "chaos::all_ways_to_fail_at_random_disturb_nobody";
    let mut case = Case::with_tests(name, Machine::virt(), &commands, expected);
    case.patience = Duration::from_secs(240 + 2 * seconds);
    case
}

//! Replace: one version takes the place of another, under load and through the shell.

use std::time::Duration;

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

/// The first holder of the office.
const CLERK: &str = "load clerk-1 with SpinPublic,post-office";

pub(super) fn all() -> Vec<Case> {
    vec![
        under_load(Machine::virt(), [40, 80, 80]),
        under_load(Machine::virt().gic(Gic::V2), [10, 10, 10]),
        under_load(Machine::virt().cores(1), [10, 10, 10]),
        under_load(Machine::virt().counted(), [2, 2, 2]),
        by_hand(),
        by_itself(),
    ]
}

/// Ten thousand, or two hundred, for [`super::soak_once`].
pub(super) fn long(is_short: bool) -> Case {
    under_load(Machine::virt(), if is_short { [40, 80, 80] } else { [2_000, 4_000, 4_000] })
}

/// Each core sends letters and chores and asks questions while their handlers change hands so many times; all is handled exactly
/// once, one in ten is refused in between, and the last run needs no more memory than the one before.
fn under_load(machine: Machine, replaces: [u64; 3]) -> Case {
    let mut commands: Vec<String> = Vec::new();
    // More lines than the shell's history and the kernel's log keep, so that both have stopped growing.
    for _ in 0..33 {
        commands.extend(["uptime", "mem"].map(str::to_owned));
    }
    let loads = ["load post-office", CLERK, "load petitioner with SpinTrusted,post-office"];
    commands.extend(loads.map(str::to_owned));
    let mut expected = Expectation::shell(0).settled("heap").settled("extensions");
    let mut sum = 0;
    for (round, count) in replaces.iter().enumerate() {
        commands.push(format!("raise petitions {count}"));
        commands.push(format!("@await petitions {} over:", round + 1));
        // An unload is over when its grace periods are, and so are those of all that came before. The last version's own may have
        // begun after that.
        let come_and_go =
            ["load gatekeeper", "unload gatekeeper", "load gatekeeper", "unload gatekeeper", "mem"];
        commands.extend(come_and_go.map(str::to_owned));
        sum += count;
        let refused = count / 10;
        expected = expected.then(format!("petitions {} over: {sum} replaced, {refused} refused,", round + 1));
    }
    commands
        .extend(["raise clerk", "domains", "unload petitioner", "unload clerk-1", "halt"].map(str::to_owned));
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let wrongs =
        (1..10).map(|digit| format!("{digit} wrong")).chain((0..10).map(|digit| format!("{digit}0 wrong")));
    let expected = wrongs.fold(expected.contains(" questions, 0 wrong"), Expectation::absent);
    let name = "replace::every_post_is_handled_once_while_versions_follow_each_other";
    let mut case = Case::with_tests(name, machine, &commands, expected);
    case.patience = Duration::from_secs(240 + replaces.iter().sum::<u64>());
    case
}

/// What the operator sees: of one that takes the place of another, of those that must not, and of the one that goes on.
fn by_hand() -> Case {
    let commands = [
        "replace clerk-1 clerk-2",
        "load post-office",
        CLERK,
        "replace clerk-1 nobody",
        "replace clerk-1 clerk-odd",
        "replace clerk-1 gatekeeper",
        "replace clerk-1 clerk-mute",
        "raise clerk",
        "replace clerk-1 clerk-2",
        "raise clerk",
        "domains",
        "unload clerk-2",
        "raise clerk",
        "replace shell gatekeeper",
        "halt",
    ];
    let expected = Expectation::shell(1)
        .then("`clerk-2` refused at find: no domain is called `clerk-1`")
        .then("clerk-1 is domain")
        .then("`nobody` refused at find")
        .then("`clerk-odd` refused at replace: `clerk-1` gives state ")
        .then("`gatekeeper` refused at replace: `clerk-1` gives state ")
        .then("`clerk-mute` refused at init: its entry failed: lost its voice")
        .then("before: 0")
        .then("4 handlers off, 4 on, 1 names")
        .then("before: 1")
        .then("no event is open by the name `clerk`")
        .then("`gatekeeper` refused at replace: `shell` is the last shell, and this is none");
    Case::with_tests(
        "replace::a_version_that_can_not_start_leaves_the_old_one",
        Machine::virt(),
        &commands,
        expected,
    )
}

/// The same object again, under the same name; one that hands over nothing begins anew.
fn by_itself() -> Case {
    let commands = [
        "load post-office",
        CLERK,
        "replace clerk-1 clerk-1",
        "replace clerk-1 clerk-1",
        "raise clerk",
        "load gatekeeper",
        "replace gatekeeper gatekeeper",
        "raise intruder front-door",
        "domains",
        "unload clerk-1",
        "unload gatekeeper",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("4 handlers off, 4 on, 1 names")
        .then("before: 2")
        .then("gatekeeper is domain")
        .then("Intruder Alert")
        .absent("error");
    Case::with_tests(
        "replace::a_version_of_the_same_name_takes_its_place",
        Machine::virt(),
        &commands,
        expected,
    )
}

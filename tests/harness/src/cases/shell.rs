//! What the shell says and answers for.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Entry, Gic, Machine};

pub(super) fn all() -> Vec<Case> {
    let four = Machine::virt;
    let ok = || Expectation::shell(0);
    vec![
        Case::shell(
            "failed_command_makes_the_status_1",
            four(),
            &["nonsense", "halt"],
            Expectation::shell(1).contains("nonsense"),
        ),
        Case::shell("an_empty_line_is_no_command", four(), &["", "   ", "halt"], ok().absent("error")),
        Case::shell(
            "help_names_every_command",
            four(),
            &["help", "halt"],
            [
                "cores",
                "domains",
                "events",
                "event NAME",
                "trace NAME",
                "load",
                "receive",
                "unload",
                "raise",
                "names",
                "mem",
                "uptime",
                "log",
                "halt",
            ]
            .into_iter()
            .fold(ok(), |expected, command| expected.contains(command)),
        ),
        Case::shell(
            "extensions_come_and_go",
            four(),
            &[
                "load gatekeeper",
                "domains",
                "raise intruder back-door",
                "unload gatekeeper",
                "load gatekeeper",
                "raise intruder window",
                "halt",
            ],
            ok().then("gatekeeper").then("Intruder Alert: back-door").then("Intruder Alert: window"),
        ),
        Case::shell(
            "an_unloaded_name_is_gone",
            four(),
            &["load gatekeeper", "unload gatekeeper", "raise intruder window", "halt"],
            Expectation::shell(1).contains("intruder").absent("Intruder Alert"),
        ),
        Case::shell(
            "a_metronome_ticks_on_its_core",
            four(),
            &[
                "load metronome",
                "raise metronome 2 200",
                "@await tick 3 on core 2",
                "raise metronome off",
                "halt",
            ],
            ok().then("tick 1 on core 2").then("tick 2 on core 2").then("tick 3 on core 2"),
        ),
        Case::shell(
            "an_echo_hears_what_is_typed",
            four(),
            &["load echo", "uptime", "halt"],
            ok().contains("echo: uptime"),
        ),
        Case::shell(
            "the_pi_runs_it_too",
            Machine::rpi4(),
            &["load echo", "mem", "log", "halt"],
            ok().contains("used"),
        ),
        Case::shell(
            "the_non_secure_side_runs_it_too",
            four().gic(Gic::V2).entry(Entry::NonSecure),
            &["load metronome", "raise metronome 3 5", "@await tick 2 on core 3", "halt"],
            ok().contains("tick 2 on core 3"),
        ),
        Case::shell(
            "the_last_shell_stays",
            four(),
            &["unload shell", "help", "halt"],
            Expectation::shell(1).contains("`shell` is the last shell").contains("load NAME"),
        ),
        Case::shell(
            "wrong_arguments_are_named",
            four(),
            &["load", "unload nobody", "raise", "load gatekeeper with Everything", "halt now please", "halt"],
            Expectation::shell(1).contains("nobody").contains("Everything"),
        ),
    ]
}

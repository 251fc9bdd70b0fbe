//! Objects that are sent to the running kernel over its console, by the code of `./x load`.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Entry, Gic, Machine};

/// What the sender hears of an object that was loaded.
const LOADED: &str = "the sender heard: gatekeeper is domain 2";

pub(super) fn all() -> Vec<Case> {
    let virt = Machine::virt;
    vec![
        come_and_go(virt()),
        come_and_go(virt().cores(1).gic(Gic::V2).entry(Entry::NonSecure)),
        come_and_go(Machine::rpi4()),
        case(
            "linked_to_what_was_asked_for",
            &[
                "@send OUT/extensions/overreach.spx",
                "@send OUT/extensions/gatekeeper.spx with Everything",
                "@send OUT/extensions/gatekeeper.spx with SpinTrusted",
                "domains",
            ],
            Expectation::shell(1)
                .then("the sender heard: error: `overreach` refused at interface")
                .then(
                    "the sender heard: error: `gatekeeper` refused at find: no domain is called `Everything`",
                )
                .then("the sender heard: gatekeeper is domain")
                .then("gatekeeper  running  SpinTrusted"),
        ),
        case(
            "has_what_whoever_sends_it_lets_it_have",
            &[
                "@send OUT/extensions/gatekeeper.spx with SpinPublic frames=2",
                "@send OUT/extensions/gatekeeper.spx frames=64 bindings=9",
                "domain gatekeeper",
            ],
            Expectation::shell(1)
                .then("the sender heard: error: `gatekeeper` refused at place: `gatekeeper` takes ")
                .then("the sender heard: gatekeeper is domain")
                .then("64        0"),
        ),
        case(
            "nobody_else_hears_it",
            &["@send OUT/extensions/echo.spx", "@send OUT/extensions/gatekeeper.spx", "uptime"],
            Expectation::shell(0)
                .then("the sender heard: echo is domain 2")
                .then("the sender heard: gatekeeper is domain 3")
                .then("echo: uptime")
                // What stands in every object.
                .absent("spindle_event"),
        ),
        case(
            "a_damaged_line_is_made_good",
            &["@send damaged OUT/extensions/gatekeeper.spx", "raise intruder window"],
            Expectation::shell(0).then(LOADED).then("Intruder Alert: window"),
        ),
        case(
            "a_sender_that_vanishes_leaves_a_shell_behind",
            &["@send cut OUT/extensions/gatekeeper.spx", "domains", "@send OUT/extensions/gatekeeper.spx"],
            Expectation::shell(1)
                .then("the sender heard: error: the line is gone")
                .then("error: nothing was received: nothing sound came for")
                .then("SpinTrusted")
                .then(LOADED),
        ),
        case(
            "an_altered_object_is_refused",
            &["@send OUT/refused/altered.spx", "@send OUT/refused/stranger.spx", "domains"],
            Expectation::shell(1)
                .then("`altered` refused at signature")
                .then("the sender heard: error: `altered` refused at signature")
                .then("the sender heard: error: `stranger` refused at signature")
                .absent("Intruder Alert"),
        ),
        nothing_stays_behind(),
    ]
}

fn case(name: &str, commands: &[&str], expected: Expectation) -> Case {
    on(Machine::virt(), name, commands, expected)
}

fn on(machine: Machine, name: &str, commands: &[&str], expected: Expectation) -> Case {
    Case::with_tests(&format!("transfer::{name}"), machine, &[commands, &["halt"]].concat(), expected)
}

/// Sent, loaded, raised, unloaded, and sent once more.
fn come_and_go(machine: Machine) -> Case {
    let send = "@send OUT/extensions/gatekeeper.spx";
    let round = [send, "raise intruder front-door", "unload gatekeeper"];
    let again = "the sender heard: gatekeeper is domain 3";
    let expected = Expectation::shell(0).then(LOADED).then("Intruder Alert: front-door").then(again);
    on(machine, "an_object_comes_goes_and_comes_again", &[round, round].concat(), expected.absent("error"))
}

/// What was sent and loaded, refused, or damaged leaves nothing, once logs and histories have stopped growing.
fn nothing_stays_behind() -> Case {
    let mut commands = Vec::new();
    for _ in 0..24 {
        commands.extend([
            "@send damaged OUT/extensions/gatekeeper.spx",
            "unload gatekeeper",
            "@send OUT/refused/altered.spx",
            "domains",
            "mem",
        ]);
    }
    case("nothing_stays_behind", &commands, Expectation::shell(1).settled("extensions").settled("heap"))
}

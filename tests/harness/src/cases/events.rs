//! What the shell shows of an event: its bindings with their terms, the runs of its handlers, and what these have taken.

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

pub(super) fn all() -> Vec<Case> {
    let ok = || Expectation::shell(0);
    let bad = || Expectation::shell(1);
    vec![
        shell(
            "an_event_is_shown_with_the_terms_of_its_bindings",
            &["load turnstile", "event turnstile", "halt"],
            ok().then("event turnstile of turnstile: Visitor")
                .then("keys lane, traced no")
                .then("first  -          -         -          any core")
                .then("1 imposed  lane = 2  100000 us  raiser")
                .then("default  installed")
                .then("handles  off        -      1 imposed  lane = 1")
                .then("not counted: "),
        ),
        shell(
            "a_traced_event_shows_its_runs_and_counts_them",
            &[
                "load turnstile",
                "trace turnstile on",
                "raise turnstile 2 Ada",
                "trace turnstile",
                "event turnstile",
                "trace turnstile off",
                "halt",
            ],
            ok().then("turnstile is traced now")
                .then("ticks  end")
                .then("returned")
                .then("keys lane, traced yes")
                .then("binding  runs")
                .then("turnstile is not traced any more")
                .absent("not counted"),
        ),
        shell(
            "a_trace_ends_and_the_counts_stay",
            &[
                "load gatekeeper",
                "event intruder",
                "trace intruder on",
                "raise intruder window",
                "trace intruder off",
                "event intruder",
                "raise intruder back-door",
                "trace intruder",
                "halt",
            ],
            bad()
                .then("not counted: ")
                .then("traced no")
                .then("binding  runs")
                .then("Intruder Alert: back-door")
                .then("event `intruder` is not traced; `trace intruder on` begins it"),
        ),
        shell(
            "an_event_that_nobody_declares_is_named",
            &["event nobody", "trace nobody", "trace nowhere on", "halt"],
            bad().then("no event `nobody`").then("no event `nobody`").then("no event `nowhere`"),
        ),
        shell(
            "an_event_goes_with_its_domain_trace_and_all",
            &[
                "load gatekeeper",
                "trace intruder on",
                "raise intruder window",
                "unload gatekeeper",
                "trace intruder",
                "halt",
            ],
            bad().then("Intruder Alert: window").then("no event `intruder` is declared"),
        ),
        shell(
            "the_shell_traces_itself",
            &["trace shell-typed on", "uptime", "trace shell-typed", "halt"],
            ok().then("shell-typed is traced now").then("returned"),
        ),
        shell(
            "wrong_words_about_an_event_are_named",
            &["event", "event a b", "trace", "trace a loudly", "halt"],
            bad()
                .then("`event` needs the name of an event")
                .then("`event` has no use for `b`")
                .then("`trace` needs the name of an event")
                .then("`trace` has no use for `loudly`"),
        ),
        shell("strikes_stand_beside_a_domain", &["domains", "halt"], ok().contains("handlers  strikes")),
        shell(
            "a_turnstile_changes_its_lanes_in_one_step",
            &[
                "load turnstile",
                "raise turnstile 2 Ada",
                "raise shift night",
                "raise turnstile 2 Bob",
                "raise turnstile 1 Cyd",
                "raise shift day",
                "raise turnstile 3 Dan",
                "raise turnstile 1 Eve",
                "halt",
            ],
            ok().then("Ok(In { inside: 1 })")
                .then("Ok(Closed)")
                .then("the porter looks at Cyd")
                .then("Ok(In { inside: 2 })")
                .then("Ok(In { inside: 3 })")
                .then("Ok(Full)"),
        ),
        shell(
            "a_turnstile_says_what_it_can_not_read",
            &["load turnstile", "raise turnstile Ada", "raise shift noon", "halt"],
            bad().contains("`Ada` is no number of a lane").contains("`noon` is neither `day` nor `night`"),
        ),
        Case::with_tests(
            "shell::the_extension_of_the_guide_does_what_the_guide_says",
            Machine::virt(),
            &[
                "load doorman",
                "raise visitor 2 Ada",
                "raise guest 2 Ada",
                "event visitor",
                "unload doorman",
                "halt",
            ],
            ok().then("Ada at door 2")
                .then("Ok([Ok(1), Err(Revoked)])")
                .then("event visitor of doorman: Visitor -> (), merge Each"),
        ),
    ]
}

fn shell(name: &str, commands: &[&str], expected: Expectation) -> Case {
    Case::shell(name, Machine::virt(), commands, expected)
}

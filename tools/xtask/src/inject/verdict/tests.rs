//! Transcripts as they come, and what they amount to.

use std::time::Duration;

use spindle_harness::session::Line;

use super::*;

const STARTED: &str = "victim: rounds at 0x10, work at 0x20";
const RUN: &str = "victim: 20 rounds, 0 wrong";

fn well() -> Vec<&'static str> {
    let told = ["victim: 80 arrived, 0 damaged", "victim: 40 arrived, 0 damaged"];
    vec![STARTED, RUN, RUN, UNDISTURBED, told[0], RUN, UNDISTURBED, STARTED, RUN, UNDISTURBED, told[1]]
}

fn record(lines: &[&str], ending: Ending) -> Record {
    Record {
        lines: lines.iter().map(|&text| Line { text: text.to_owned(), is_echo: false }).collect(),
        errors: String::new(),
        unsent: Vec::new(),
        ending,
        elapsed: Duration::ZERO,
    }
}

fn verdict(lines: &[&str]) -> Verdict {
    judged(&record(lines, Ending::Exited(0)))
}

#[test]
fn a_run_like_any_other_has_no_effect() {
    assert_eq!(verdict(&well()), Verdict::NoEffect);
}

#[test]
fn a_victim_that_is_blamed_or_wrong_is_contained() {
    let mut blamed = well();
    blamed.insert(2, "[   0.1 core 0] victim faulted: data abort on a load at 0x8");
    assert!(matches!(verdict(&blamed), Verdict::Contained { .. }));
    let mut wrong = well();
    wrong[1] = "victim: 20 rounds, 3 wrong";
    assert_eq!(verdict(&wrong), Verdict::Contained { seen: wrong[1].to_owned() });
    let mut missing = well();
    missing.remove(2);
    assert!(matches!(verdict(&missing), Verdict::Contained { .. }));
    let mut few = well();
    few[4] = "victim: 79 arrived, 0 damaged";
    assert!(matches!(verdict(&few), Verdict::Contained { .. }));
}

#[test]
fn somebody_else_s_name_is_the_wrong_one() {
    for said in ["steady faulted: data abort", "kernel: handler of binding 3 panicked on core 0, strike 1"] {
        let line = format!("[   0.1 core 1] {said}");
        let mut lines = well();
        lines.insert(2, &line);
        assert_eq!(verdict(&lines), Verdict::BlamedWrongly { line: line.clone() });
    }
}

#[test]
fn the_name_is_what_stands_before_the_blame() {
    let name = |said: &str| blamed(&format!("[   0.1 core 0] {said}")).map(str::to_owned);
    assert_eq!(
        name("victim: handler of binding 1 at event `x` panicked on core 0, strike 1"),
        Some("victim".into())
    );
    assert_eq!(name("victim: faulted in what the kernel ran for it"), Some("victim".into()));
    assert_eq!(name("victim: a destructor panicked"), Some("victim".into()));
    assert_eq!(name("victim overflowed its stack: data abort"), Some("victim".into()));
    assert_eq!(name("a domain panicked"), Some("a domain".into()));
    assert_eq!(name("domain 9 victim loaded with SpinPublic"), None);
    assert_eq!(blamed("victim faulted"), None);
}

#[test]
fn others_that_are_disturbed_and_a_new_start_that_fails_are_a_spread() {
    let mut slow = well();
    slow[3] = "steady: 300 raises, 299 posts of 300";
    assert!(matches!(verdict(&slow), Verdict::Spread { .. }));
    let mut silent = well();
    silent.remove(9);
    assert!(matches!(verdict(&silent), Verdict::Spread { .. }));
    let mut once = well();
    once.remove(7);
    assert!(matches!(verdict(&once), Verdict::Spread { .. }));
    let mut ill = well();
    ill[8] = "victim: 20 rounds, 1 wrong";
    assert!(matches!(verdict(&ill), Verdict::Spread { .. }));
}

#[test]
fn a_report_a_hang_and_a_strange_end_are_a_loss() {
    let mut report = well();
    report.push("kernel panic on core 0: x");
    assert!(matches!(verdict(&report), Verdict::Lost { .. }));
    for ending in [Ending::TimedOut, Ending::Crashed, Ending::AskedForMore, Ending::Exited(101)] {
        assert!(matches!(judged(&record(&well(), ending)), Verdict::Lost { .. }), "{ending:?}");
    }
    assert_eq!(judged(&record(&well(), Ending::Exited(1))), Verdict::NoEffect);
    let early = Record { unsent: vec!["halt".to_owned()], ..record(&well(), Ending::Exited(0)) };
    assert!(matches!(judged(&early), Verdict::Lost { .. }));
}

#[test]
fn the_script_runs_as_many_rounds_as_are_expected() {
    let raise = format!("raise victim {ROUNDS}");
    assert_eq!(SCRIPT.iter().filter(|command| **command == raise).count(), 4);
}

//! The judge before recorded transcripts, one for each way a run can go.

use std::time::Duration;

use super::*;

const GOOD: &str = "\
spindle 0.1.0 on virt, 4 cores
#test plan 3
#test start cores::all_start
#test pass cores::all_start
#test start gic::spi
#test pass gic::spi
#test start gic::v3
#test skip gic::v3: this is a v2
#test done";

fn record(transcript: &str, ending: Ending) -> Record {
    let lines = transcript.lines().map(|text| Line { text: text.to_owned(), is_echo: false }).collect();
    Record { lines, errors: String::new(), unsent: Vec::new(), ending, elapsed: Duration::ZERO }
}

fn of_suite(transcript: &str, ending: Ending) -> Result<(), Failure> {
    judge(&record(transcript, ending), &Expectation::suite())
}

const PASSED: Ending = Ending::Exited(STATUS_PASSED as i32);

#[test]
fn a_run_in_which_all_announced_tests_passed_passes() {
    assert_eq!(of_suite(GOOD, PASSED), Ok(()));
}

#[test]
fn a_failed_test_fails_the_run_whatever_the_status() {
    let transcript = GOOD.replace("pass gic::spi", "fail gic::spi: core 3 got none");
    let failure = Failure::Failed(vec![("gic::spi".to_owned(), "core 3 got none".to_owned())]);
    assert_eq!(of_suite(&transcript, PASSED), Err(failure));
}

#[test]
fn a_panic_names_the_test_that_was_running() {
    let transcript = "#test plan 3\n#test start gic::spi\nkernel panic on core 1: boom\n#test pa";
    let failure = of_suite(transcript, Ending::Exited(101)).unwrap_err();
    let line = "kernel panic on core 1: boom".to_owned();
    assert_eq!(failure, Failure::Panic { line, during: Some("gic::spi".to_owned()) });
}

#[test]
fn a_panic_behind_a_good_end_is_a_panic() {
    let transcript = format!("{GOOD}\nkernel panic on core 1: late");
    assert!(matches!(of_suite(&transcript, PASSED), Err(Failure::Panic { during: None, .. })));
}

#[test]
fn a_fault_is_told_from_a_panic() {
    let transcript = "#test plan 3\n#test start mmu::wx\nkernel exception on core 0: data abort";
    let failure = of_suite(transcript, Ending::Exited(102)).unwrap_err();
    assert!(matches!(failure, Failure::Fault { during: Some(name), .. } if name == "mmu::wx"));
}

#[test]
fn a_hang_is_a_failure_even_when_all_tests_have_reported() {
    let failure = of_suite(GOOD, Ending::TimedOut).unwrap_err();
    assert_eq!(failure, Failure::Hang { during: None, last: "#test done".to_owned() });
}

#[test]
fn a_hang_before_the_first_test_is_a_hang() {
    let failure = of_suite("", Ending::TimedOut).unwrap_err();
    assert_eq!(failure, Failure::Hang { during: None, last: String::new() });
}

#[test]
fn a_missing_test_is_seen_though_the_kernel_is_content() {
    let transcript = GOOD.replace("#test pass gic::spi\n", "");
    let failure = Failure::Missing { planned: 3, reported: 2, twice: vec![] };
    assert_eq!(of_suite(&transcript, PASSED), Err(failure));
}

#[test]
fn a_test_that_reports_twice_does_not_stand_in_for_another() {
    let transcript = GOOD.replace("pass gic::spi", "pass cores::all_start");
    let failure = Failure::Missing { planned: 3, reported: 2, twice: vec!["cores::all_start".to_owned()] };
    assert_eq!(of_suite(&transcript, PASSED), Err(failure));
}

#[test]
fn an_empty_plan_is_no_success() {
    assert!(matches!(of_suite("#test plan 0\n#test done", PASSED), Err(Failure::Missing { .. })));
}

#[test]
fn an_exit_before_the_plan_or_the_end_is_early() {
    assert!(matches!(of_suite("booting", PASSED), Err(Failure::EarlyExit { .. })));
    let transcript = GOOD.replace("#test done", "");
    assert!(matches!(of_suite(&transcript, PASSED), Err(Failure::EarlyExit { .. })));
}

#[test]
fn a_reset_that_looks_like_status_0_is_a_wrong_status() {
    let failure = Failure::WrongStatus { expected: STATUS_PASSED as i32, actual: 0 };
    assert_eq!(of_suite(GOOD, Ending::Exited(0)), Err(failure));
}

#[test]
fn a_damaged_marker_is_not_overlooked() {
    let transcript = GOOD.replace("#test pass gic::spi", "#test paboot");
    assert_eq!(of_suite(&transcript, PASSED), Err(Failure::Malformed("#test paboot".to_owned())));
}

#[test]
fn a_second_plan_is_damage() {
    let transcript = GOOD.replace("#test start gic::v3", "#test plan 3");
    assert_eq!(of_suite(&transcript, PASSED), Err(Failure::Malformed("#test plan 3".to_owned())));
}

#[test]
fn output_behind_the_end_is_a_failure() {
    let transcript = format!("{GOOD}\n\nstill here");
    assert_eq!(of_suite(&transcript, PASSED), Err(Failure::OutputAfterDone("still here".to_owned())));
    assert_eq!(of_suite(&format!("{GOOD}\n\n"), PASSED), Ok(()));
}

#[test]
fn a_crash_of_qemu_is_no_pass() {
    assert_eq!(of_suite(GOOD, Ending::Crashed), Err(Failure::QemuCrashed));
}

fn of_shell(transcript: &str, ending: Ending, expected: &Expectation) -> Result<(), Failure> {
    judge(&record(transcript, ending), expected)
}

#[test]
fn a_shell_has_to_leave_with_its_status_and_all_commands_typed() {
    let expected = Expectation::shell(0);
    assert_eq!(of_shell("hello", Ending::Exited(0), &expected), Ok(()));
    let failure = Failure::WrongStatus { expected: 0, actual: 1 };
    assert_eq!(of_shell("hello", Ending::Exited(1), &expected), Err(failure));
    assert_eq!(of_shell("hello", Ending::AskedForMore, &expected), Err(Failure::StillThere));
    let unsent = Record { unsent: vec!["halt".to_owned()], ..record("hello", Ending::Exited(0)) };
    assert!(matches!(judge(&unsent, &expected), Err(Failure::EarlyExit { .. })));
}

#[test]
fn a_shell_run_with_a_panic_fails_even_with_status_0() {
    let failure = of_shell("kernel panic on core 0: x", Ending::Exited(0), &Expectation::shell(0));
    assert!(matches!(failure, Err(Failure::Panic { .. })));
}

#[test]
fn words_have_to_be_there_absent_or_in_order() {
    let run = |expected: Expectation| of_shell("one\ntwo\nthree", Ending::Exited(0), &expected);
    assert_eq!(run(Expectation::shell(0).contains("two").absent("four").then("one").then("three")), Ok(()));
    assert_eq!(run(Expectation::shell(0).contains("four")), Err(Failure::Lacks("four".to_owned())));
    assert_eq!(run(Expectation::shell(0).then("three").then("one")), Err(Failure::Lacks("one".to_owned())));
    assert_eq!(run(Expectation::shell(0).then("one").then("one")), Err(Failure::Lacks("one".to_owned())));
    assert!(matches!(run(Expectation::shell(0).absent("two")), Err(Failure::Forbidden { .. })));
}

#[test]
fn the_echo_of_a_command_is_no_output() {
    let line = Line { text: "raise intruder".to_owned(), is_echo: true };
    let echoed = Record { lines: vec![line], ..record("", Ending::Exited(0)) };
    let expected = Expectation::shell(0).contains("intruder");
    assert_eq!(judge(&echoed, &expected), Err(Failure::Lacks("intruder".to_owned())));
}

#[test]
fn a_panic_that_is_due_has_to_come() {
    let expected = Expectation { panics: true, ..Expectation::shell(101) };
    assert_eq!(of_shell("kernel panic on core 0: x", Ending::Exited(101), &expected), Ok(()));
    assert_eq!(of_shell("fine", Ending::Exited(101), &expected), Err(Failure::NoFailure("panic")));
    let hang = of_shell("kernel panic on core 0: x", Ending::TimedOut, &expected);
    assert!(matches!(hang, Err(Failure::Hang { .. })));
}

#[test]
fn a_figure_has_settled_when_it_grows_no_more() {
    let expected = Expectation::shell(0).settled("heap");
    let of = |transcript: &str| judge(&record(transcript, Ending::Exited(0)), &expected);
    assert_eq!(of("  heap 10\n  heap 12\n  heap 12"), Ok(()));
    assert_eq!(of("  heap 9\n  heap 12\n  heap 11"), Ok(()));
    assert_eq!(of("  heap 12\n  heap 12\n  heap 13"), Ok(()));
    assert!(matches!(of("  heap 10\n  heap 11\n  heap 12"), Err(Failure::Unsettled { .. })));
    assert!(matches!(of("  heap 10\n  heap 12"), Err(Failure::Unsettled { .. })));
    assert!(matches!(of("  heap 10\n"), Err(Failure::Unsettled { .. })));
}

//! What the kernel says when it fails: core, cause, registers, and a backtrace with the names of functions and of the extension.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};

/// Exit status of a kernel that failed.
const STATUS: i32 = 101;

pub(super) fn all() -> Vec<Case> {
    let panics = || Expectation { panics: true, ..Expectation::shell(STATUS) };
    let faults = || Expectation { faults: true, ..Expectation::shell(STATUS) };
    let traced = |expected: Expectation| {
        expected
            .then("backtrace:")
            .then("crasher+0x")
            .then("spincore::dispatcher::run")
            .absent("failed as well")
    };
    let crash = |name: &str, machine: Machine, way: &str, expected: Expectation| {
        let raise = format!("raise crash {way}");
        Case::with_tests(&format!("report::{name}"), machine, &["load crasher", &raise], expected)
    };
    vec![
        crash(
            "a_panic_tells_its_message_and_who_called",
            Machine::virt(),
            "panic",
            traced(panics().contains("kernel panic on core 0: asked to")),
        ),
        crash(
            "an_index_out_of_bounds_is_a_panic",
            Machine::virt().gic(Gic::V2),
            "bounds",
            traced(panics().contains("index out of bounds")),
        ),
        crash(
            "a_stack_overflow_is_told_from_other_faults",
            Machine::virt(),
            "recursion",
            faults()
                .contains("data abort on a store")
                .contains("x30 0x")
                .contains("overflowed")
                .then("backtrace:")
                .then("crasher+0x")
                .then("and again"),
        ),
        crash("the_pi_reports_too", Machine::rpi4(), "panic", traced(panics())),
    ]
}

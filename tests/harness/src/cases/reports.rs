//! What the kernel says when it fails: core, cause, registers, and a backtrace with the names of functions and of the extension.
//!
//! An extension's failure ends the kernel only where a lock may be held: with interrupts masked, which no safe program can do.

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
            .then("culprit at ")
            .then("spincore::dispatcher::run")
            .absent("failed as well")
    };
    let crash = |name: &str, machine: Machine, way: &str, expected: Expectation| {
        let raise = format!("raise fail {way}");
        Case::with_tests(&format!("report::{name}"), machine, &["load culprit", &raise], expected)
    };
    let words = "kernel panic on core 0: asked to, with interrupts masked";
    vec![
        crash(
            "a_panic_tells_its_message_and_who_called",
            Machine::virt(),
            "masked-panic",
            traced(panics().contains(words)),
        ),
        crash(
            "a_fault_tells_its_registers_and_who_called",
            Machine::virt().gic(Gic::V2),
            "masked-abort",
            traced(faults().contains("data abort on a load").contains("x30 0x")),
        ),
        crash("the_pi_reports_too", Machine::rpi4(), "masked-panic", traced(panics())),
    ]
}

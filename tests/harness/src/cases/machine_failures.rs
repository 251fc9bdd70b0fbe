//! The machine's own failures: what the kernel says of each, and that it goes on where it can.
//!
//! The table in `docs/ARCHITECTURE.md` names each failure and the case that shows it.

use super::{Case, Image};
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};
use crate::tree::{Damage, Tree};

/// Exit status of a kernel that could not start.
const NO_START: i32 = 1;
/// Exit status of a kernel that failed.
const FAILED: i32 = 101;

pub(super) fn all() -> Vec<Case> {
    let mut cases =
        vec![absent_core(Machine::virt().cores(3)), absent_core(Machine::virt().gic(Gic::V2).cores(1))];
    cases.extend(damaged_trees());
    cases
}

/// A core that the tree has and the machine has not: the firmware refuses it, and the others do without.
fn absent_core(machine: Machine) -> Case {
    let cores = machine.cores;
    let commands = ["cores", "load gatekeeper", "raise intruder front-door", "halt"];
    let expected = Expectation::shell(0)
        .then(format!("core {cores} did not start: PSCI refused to start core {cores:#x}: "))
        .then(format!("{}  online", cores - 1))
        .then(format!("{cores}  failed"))
        .then("Intruder Alert")
        .absent("it has not come");
    let case = Case::shell("a_core_that_is_refused_is_named", machine, &commands, expected);
    Case {
        name: "failure::a_core_that_is_refused_is_named".to_owned(),
        tree: Tree::OfCores(cores + 1),
        ..case
    }
}

/// What the kernel makes of a damaged tree: it says what is wrong, on the console that it guesses, and ends.
fn damaged_trees() -> Vec<Case> {
    let flipped = |text, behind, bit| Damage::Flipped { text, behind, bit };
    let refused = [
        ("that_is_missing", Damage::Missing, "there is no device tree at 0x0000000044000000"),
        ("without_its_magic", flipped(b"\xd0\x0d\xfe\xed", 2, 0), "there is no device tree at"),
        ("that_is_cut", Damage::CutTo(4000), "the device tree at 0x0000000044000000: device tree:"),
        ("with_zeros", Damage::ZeroFrom(4000), "the device tree at 0x0000000044000000: device tree:"),
        ("with_a_damaged_token", flipped(b"\0\0\0\x01intc@", 3, 5), "device tree:"),
        ("with_another_controller", flipped(b"arm,gic-v3\0", 9, 2), "device tree has no GIC"),
        ("with_another_conduit", flipped(b"hvc\0", 2, 4), "node psci, method: `hvs` is unknown"),
    ];
    let case = |name: &str, damage, expected| Case {
        tree: Tree::Damaged(damage),
        commands: Vec::new(),
        ..kernel(&format!("failure::a_tree_{name}_is_refused"), Machine::virt(), expected)
    };
    let mut cases: Vec<Case> = refused
        .into_iter()
        .map(|(name, damage, says)| {
            let expected = Expectation::shell(NO_START).contains("spindle cannot start: ").contains(says);
            case(name, damage, expected)
        })
        .collect();
    // Nothing answers where the controller is said to be: no tree that lies can be told from a true one before.
    let lies = Expectation { faults: true, ..Expectation::shell(FAILED) };
    let lies = lies.contains("kernel exception on core 0: data abort").contains("backtrace:");
    cases.push(Case {
        name: "failure::a_tree_that_lies_ends_in_a_report".to_owned(),
        ..case("", flipped(b"\0\0\0\0\x08\0\0\0\0\0\0\0\0\x01\0\0", 4, 2), lies)
    });
    cases
}

/// The kernel with nothing to type.
fn kernel(name: &str, machine: Machine, expected: Expectation) -> Case {
    Case { name: name.to_owned(), image: Image::Kernel, ..Case::shell("", machine, &[], expected) }
}

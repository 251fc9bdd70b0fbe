//! The machine's own failures: what the kernel says of each, and that it goes on where it can.
//!
//! The table in `docs/ARCHITECTURE.md` names each failure and the case that shows it.

use super::Case;
use crate::judge::Expectation;
use crate::machine::{Gic, Machine};
use crate::tree::Tree;

pub(super) fn all() -> Vec<Case> {
    vec![absent_core(Machine::virt().cores(3)), absent_core(Machine::virt().gic(Gic::V2).cores(1))]
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

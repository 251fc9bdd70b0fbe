//! The machine's own failures: what the kernel says of each, and that it goes on where it can.
//!
//! The table in `docs/ARCHITECTURE.md` names each failure and the case that shows it.

use super::{Archive, Case, Image};
use crate::judge::Expectation;
use crate::machine::{Entry, Gic, Machine};
use crate::tree::{Damage, Tree};

/// Exit status of a kernel that could not start.
const NO_START: i32 = 1;
/// Exit status of a kernel that failed.
const FAILED: i32 = 101;

pub(super) fn all() -> Vec<Case> {
    let mut cases =
        vec![absent_core(Machine::virt().cores(3)), absent_core(Machine::virt().gic(Gic::V2).cores(1))];
    cases.extend(damaged_trees());
    cases.extend([Machine::virt().cores(2), Machine::virt().gic(Gic::V2).cores(3)].map(stuck_core));
    cases.extend(
        [Gic::V2, Gic::V3].map(|gic| stuck_core_beside_a_busy_one(Machine::virt().gic(gic).cores(2))),
    );
    cases.extend([Gic::V2, Gic::V3].map(|gic| stray_interrupt(Machine::virt().gic(gic))));
    cases.extend(
        [Gic::V2, Gic::V3].map(|gic| system_error(Machine::virt().gic(gic).cores(2).entry(Entry::El2))),
    );
    cases.extend(no_room());
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

/// A core masks interrupts and never comes back: another one finds out, by itself, and what needs all cores is refused. One that
/// is only busy is left alone.
fn stuck_core(machine: Machine) -> Case {
    let last = machine.cores - 1;
    let found = format!("core {last} has not answered for 2 s: it masks interrupts since");
    let mut commands = vec!["load culprit", "cores"];
    if last > 1 {
        commands.push("raise fail busy-loop");
    }
    let awaited = format!("@await {found}");
    commands.extend([
        "raise fail masked-loop",
        &awaited,
        "cores",
        "load gatekeeper",
        "raise fail panic",
        "halt",
    ]);
    // The load that was refused is what the shell's status tells.
    let expected = Expectation::shell(1)
        .then(format!("{last}  online"))
        .then("culprit: masked-loop: the raise goes on")
        .then(found)
        .then(format!("{}  online", last - 1))
        .then(format!("{last}  stuck"))
        .then(format!("core {last} has not answered for 1 s"))
        .then("culprit: panic: the raise goes on")
        .absent(format!("core {} has not answered", last - 1));
    Case::with_tests("failure::a_core_that_masks_interrupts_is_named", machine, &commands, expected)
}

/// The same, while the only other core never sleeps: it is known as soon as that one has done.
fn stuck_core_beside_a_busy_one(machine: Machine) -> Case {
    let commands = ["load culprit", "raise fail masked-loop-unslept", "cores", "halt"];
    let expected = Expectation::shell(0)
        .then("culprit: masked-loop-unslept: the raise goes on")
        .then("1  stuck")
        .contains("core 1 has not answered for 2 s: it masks interrupts since");
    let name = "failure::a_core_that_masks_interrupts_is_named_by_one_that_never_sleeps";
    Case::with_tests(name, machine, &commands, expected)
}

/// An interrupt that nobody has asked for is named and counted, and the kernel goes on.
fn stray_interrupt(machine: Machine) -> Case {
    let commands = [
        "load culprit",
        "raise fail stray-interrupt",
        "cores",
        "raise fail stray-interrupt",
        "cores",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("unexpected interrupt SPI 100, number 1 of its kind: switched off")
        .then("unexpected interrupt SPI 100, number 2 of its kind: switched off")
        .then("0  online");
    Case::with_tests("failure::an_unexpected_interrupt_is_named", machine, &commands, expected)
}

/// A system error in the middle of an extension's code: it need not be that one's, so it ends the machine, with a report.
fn system_error(machine: Machine) -> Case {
    let commands = ["load culprit", "raise fail system-error"];
    let expected = Expectation { faults: true, ..Expectation::shell(FAILED) };
    let expected = expected
        .then("kernel exception on core 0: system error")
        .then("esr 0xbe")
        .then("asynchronous: it interrupted")
        .contains("culprit at ")
        .then("x0  0x")
        .then("backtrace:")
        .then("culprit at ")
        .then("spincore::dispatcher::run");
    let case = Case::with_tests("failure::a_system_error_is_reported", machine, &commands, expected);
    Case { image: Image::Monitored, ..case }
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

/// What the kernel makes of too little memory, with sizes: before it has a heap it refuses to start, afterwards it fails.
fn no_room() -> Vec<Case> {
    let small = |name: &str, machine, archive, expected| Case {
        archive,
        ..kernel(&format!("failure::{name}"), machine, expected)
    };
    let refused = |says: &str| Expectation::shell(NO_START).then(says).absent("panic");
    let used_up = Expectation { panics: true, ..Expectation::shell(FAILED) };
    // Whichever core it is that finds none.
    let used_up = used_up.then(": memory allocation of ").then("bytes of heap are taken");
    let cores = Machine::virt().cores(32);
    vec![
        small(
            "too_little_memory_is_refused",
            Machine::virt().memory("8M"),
            Archive::Shipped,
            refused(
                "spindle cannot start: no room for 8388608 bytes of extension code: 8388608 bytes of RAM, ",
            ),
        ),
        small(
            "an_archive_that_leaves_no_room_is_refused",
            Machine::virt().memory("20M"),
            Archive::Long(8 << 20),
            refused("extension code: 20971520 bytes of RAM, 8388608 bytes of boot archive"),
        ),
        // QEMU puts it into the upper half: what it leaves is enough for stacks and mailboxes of all cores, and no more.
        small(
            "memory_that_is_used_up_at_boot_is_reported",
            cores.memory("24M"),
            Archive::Long(10 << 20),
            used_up.then("backtrace:"),
        ),
        small(
            "no_archive_is_no_shell",
            Machine::virt(),
            Archive::Missing,
            refused("there is no boot archive").then("spindle cannot start: no shell was loaded"),
        ),
    ]
}

/// The kernel with nothing to type.
fn kernel(name: &str, machine: Machine, expected: Expectation) -> Case {
    Case { name: name.to_owned(), image: Image::Kernel, ..Case::shell("", machine, &[], expected) }
}

//! The table of all QEMU runs: machine, what runs on it, what it has to show. Data; no case has code of its own.

mod capabilities;
mod chaos;
pub mod cheats;
mod domains;
mod events;
mod faults;
mod heap;
mod load;
mod machine_failures;
mod names;
mod published;
mod quotas;
pub mod refusals;
mod replace;
mod reports;
mod rules;
mod schedulers;
mod sdk;
mod shell;
mod strands;
mod transfer;

use std::time::Duration;

use crate::judge::Expectation;
use crate::machine::{Entry, Gic, Machine};
use crate::tree::Tree;

/// Which image a case boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// The kernel with its boot archive and its shell.
    Kernel,
    /// The test kernel.
    Tests,
    /// The kernel that asks whether rules are kept, with its boot archive and its shell.
    Checked,
    /// The kernel with its boot archive, and at EL2 a monitor that answers a call with a system error.
    Monitored,
}

/// Which archive a case's machine is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// The one that ships.
    Shipped,
    /// The same and what only tests want: extensions that count or misbehave, objects that must be refused.
    Tests,
    /// The one that ships, and zeros behind it: so many bytes in all.
    Long(u64),
    /// None.
    Missing,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Case {
    /// `area::what`; the machine's name is added to it.
    pub name: String,
    /// On which machine.
    pub machine: Machine,
    /// What is booted.
    pub image: Image,
    /// What it can load.
    pub archive: Archive,
    /// Which device tree it is given.
    pub tree: Tree,
    /// Boot arguments.
    pub arguments: String,
    /// Typed at the shell's prompts.
    pub commands: Vec<String>,
    /// What it has to show.
    pub expected: Expectation,
    /// The longest time on the host from the start or a command to the next prompt or the exit.
    pub patience: Duration,
}

impl Case {
    /// The test kernel with one suite of it; without a name those that leave the machine running, in their order.
    pub fn suite(suite: &str, machine: Machine) -> Self {
        let (name, arguments) = match suite {
            "" => ("all", String::new()),
            name => (name, format!("suite={name}")),
        };
        Self {
            name: format!("suite::{name}"),
            machine,
            image: Image::Tests,
            archive: Archive::Shipped,
            tree: Tree::Own,
            arguments,
            commands: Vec::new(),
            expected: Expectation::suite(),
            patience: Duration::from_secs(60),
        }
    }

    /// The kernel with commands for its shell, `halt` among them.
    pub fn shell(name: &str, machine: Machine, commands: &[&str], expected: Expectation) -> Self {
        Self {
            name: format!("shell::{name}"),
            machine,
            image: Image::Kernel,
            archive: Archive::Shipped,
            tree: Tree::Own,
            arguments: String::new(),
            commands: commands.iter().map(|&command| command.to_owned()).collect(),
            expected,
            patience: Duration::from_secs(60),
        }
    }

    /// As [`Case::shell`], with the archive of the tests, and another area than `shell` in its name.
    pub fn with_tests(name: &str, machine: Machine, commands: &[&str], expected: Expectation) -> Self {
        let archive = Archive::Tests;
        Self { name: name.to_owned(), archive, ..Self::shell(name, machine, commands, expected) }
    }

    /// Name of the case and of its machine.
    pub fn full_name(&self) -> String {
        format!("{}@{}", self.name, self.machine)
    }
}

/// The test kernel's attempts at what must not be possible; each ends the machine.
const FAULTS: [&str; 9] = [
    "text_is_not_writable",
    "rodata_is_not_writable",
    "rodata_is_not_executable",
    "the_heap_is_not_executable",
    "sealed_text_is_not_writable",
    "released_text_is_gone",
    "null_is_not_readable",
    "a_full_stack_hits_its_guard_page",
    "floating_point_traps",
];

/// All cases there are.
pub fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = matrix().into_iter().map(boots).collect();
    cases.extend(suites());
    cases.extend(shell::all());
    cases.extend(events::all());
    cases.extend(faults::all());
    cases.extend(strands::all());
    cases.extend(schedulers::all());
    cases.extend(chaos::all());
    cases.extend(heap::all());
    cases.extend(published::all());
    cases.extend(quotas::all());
    cases.extend(refusals::all());
    cases.extend(load::all());
    cases.extend(machine_failures::all());
    cases.extend(names::all());
    cases.extend(replace::all());
    cases.extend(domains::all());
    cases.extend(reports::all());
    cases.extend(rules::all());
    cases.extend(sdk::all());
    cases.extend(capabilities::all());
    cases.extend(transfer::all());
    cases
}

/// Runs that are worth doing over and over: cores in parallel, where each start is another interleaving.
pub fn soak() -> Vec<Case> {
    let is_parallel = |case: &Case| !case.machine.counted && case.machine.cores > 1;
    let is_repeatable = |case: &Case| case.name == "suite::all" || case.name == "shell::boots";
    let mut cases = all();
    cases.retain(|case| is_parallel(case) && is_repeatable(case) && case.machine.cores <= 8);
    cases
}

/// What takes long by itself, and is done once in a soak: a hundredth of it if it `is_short`.
pub fn soak_once(is_short: bool) -> Vec<Case> {
    vec![
        rules::long_storm(is_short),
        replace::long(is_short),
        load::long_churn(is_short),
        chaos::long(is_short),
        strands::long(is_short),
    ]
}

/// The machines on which the one image has to boot.
pub fn matrix() -> Vec<Machine> {
    let virt = Machine::virt;
    vec![
        virt().gic(Gic::V2).cores(1),
        virt().gic(Gic::V2).cores(2).entry(Entry::El2),
        virt().gic(Gic::V2).cores(4),
        virt().gic(Gic::V2).cores(8),
        virt().gic(Gic::V2).cores(8).entry(Entry::El2).cpu("max"),
        virt().gic(Gic::V2).entry(Entry::NonSecure),
        virt().gic(Gic::V2).entry(Entry::NonSecure).cores(1),
        virt().cores(1),
        virt().cores(2),
        virt().cores(3),
        virt().cores(4),
        virt().cores(5).entry(Entry::El2),
        virt().cores(6),
        virt().cores(7),
        virt().cores(8).entry(Entry::El2),
        virt().cores(32),
        virt().cores(32).entry(Entry::El2).cpu("neoverse-n1"),
        virt().gic(Gic::Max).cores(4),
        virt().gic(Gic::Max).cores(8).entry(Entry::El2),
        virt().gic(Gic::Max).cores(2).entry(Entry::El2).cpu("max"),
        virt().cpu("cortex-a53"),
        virt().cpu("cortex-a53").entry(Entry::El2).gic(Gic::V2),
        virt().cpu("cortex-a76"),
        virt().cpu("neoverse-n1"),
        virt().cpu("max"),
        virt().memory("128M").cores(8),
        virt().memory("128M").gic(Gic::V2).cores(1),
        virt().memory("256M"),
        virt().memory("1G"),
        virt().memory("3G").cpu("cortex-a53"),
        virt().memory("8G"),
        virt().memory("8G").gic(Gic::V2).entry(Entry::El2),
        virt().counted(),
        Machine::rpi4(),
        Machine::rpi4().counted(),
    ]
}

/// Boots, starts all cores, runs an extension, leaves.
fn boots(machine: Machine) -> Case {
    let commands = ["load gatekeeper", "raise intruder front-door", "cores", "halt"];
    let last = machine.cores - 1;
    let expected = Expectation::shell(0).contains("Intruder Alert").contains(format!("{last}  online"));
    let expected = expected.absent(format!("{}  online", last + 1)).absent("failed").absent("error");
    Case::shell("boots", machine, &commands, expected)
}

/// What can only be seen from inside: everything that leaves the machine running, on machines that differ in what it looks
/// at, and each attempt at the forbidden as a boot of its own on one of them.
fn suites() -> Vec<Case> {
    let virt = Machine::virt;
    let machines = [
        virt().gic(Gic::V2),
        virt(),
        virt().cores(8).gic(Gic::Max).entry(Entry::El2).cpu("max"),
        virt().gic(Gic::V2).entry(Entry::NonSecure),
        virt().gic(Gic::V2).cores(2).counted(),
        virt().counted(),
        Machine::rpi4(),
    ];
    let running = machines.into_iter().map(|machine| Case::suite("", machine));
    running.chain(FAULTS.iter().map(|fault| Case::suite(&format!("faults/{fault}"), virt()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_cases_have_one_name() {
        let mut names: Vec<String> = all().iter().map(Case::full_name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn the_matrix_holds_each_value_of_each_dimension() {
        let matrix = matrix();
        for gic in [Gic::V2, Gic::V3, Gic::Max] {
            assert!(matrix.iter().any(|machine| machine.gic == gic), "{gic:?}");
        }
        for entry in [Entry::El1, Entry::El2, Entry::NonSecure] {
            assert!(matrix.iter().any(|machine| machine.entry == entry), "{entry:?}");
        }
        for cores in (1..=8).chain([32]) {
            assert!(matrix.iter().any(|machine| machine.cores == cores), "{cores}");
        }
        for cpu in ["cortex-a53", "cortex-a72", "cortex-a76", "neoverse-n1", "max"] {
            assert!(matrix.iter().any(|machine| machine.cpu == cpu), "{cpu}");
        }
        for memory in ["128M", "8G"] {
            assert!(matrix.iter().any(|machine| machine.memory == memory), "{memory}");
        }
    }

    #[test]
    fn every_shell_case_halts_unless_it_is_to_fail() {
        // Nothing is typed where there will be no shell.
        let fails = |case: &Case| case.expected.panics || case.expected.faults || case.commands.is_empty();
        for case in all().iter().filter(|case| case.image == Image::Kernel && !fails(case)) {
            assert_eq!(case.commands.last().map(String::as_str), Some("halt"), "{}", case.name);
        }
    }
}

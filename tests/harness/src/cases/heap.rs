//! Heaps of domains: what they have is known, limited, and comes back.

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

/// How often something comes and goes. More lines than the shell's history and the kernel's log keep, so that both have stopped
/// growing.
const ROUNDS: usize = 24;

pub(super) fn all() -> Vec<Case> {
    vec![
        hoarded(Machine::virt()),
        hoarded(Machine::virt().cores(1)),
        limited(Machine::virt()),
        limited(Machine::rpi4()),
        used_up(),
        in_custody("linked", "ledger", "lodger with SpinPublic,ledger"),
        in_custody("imported", "hoarder", "peddler"),
        said_at_load(),
    ]
}

/// What is leaked, and what statics own, is gone with its domain.
fn hoarded(machine: Machine) -> Case {
    let mut commands = Vec::new();
    for _ in 0..ROUNDS {
        commands.extend(["load hoarder", "raise hoard keep 300", "unload hoarder", "domains", "mem"]);
    }
    commands.push("halt");
    let expected = Expectation::shell(0)
        .contains("Ok(Kept(310))")
        .contains("in custody       0")
        .settled("heap")
        .settled("extensions")
        .settled("spare");
    Case::with_tests("heap::what_a_domain_hoarded_comes_back", machine, &commands, expected)
}

/// Who wants too much fails, by name, and nobody else does: neither the kernel nor another extension, nor the next wish of the
/// same.
fn limited(machine: Machine) -> Case {
    let commands = [
        "load hoarder heap=256K",
        "load gatekeeper",
        "raise hoard keep 50",
        "raise hoard ask 1000000",
        "raise hoard grab 1000000",
        "raise intruder front-door",
        "raise hoard keep 50",
        "raise hoard grab 100000",
        "domains",
        "unload hoarder",
        "raise intruder back-door",
        "load hoarder heap=4M",
        "raise hoard grab 1000000",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .then("Ok(Kept(60))")
        .then("Ok(Refused(1000000))")
        .contains("hoarder panicked at")
        .then("memory allocation of 1000000 bytes failed")
        .then("Intruder Alert: front-door")
        .then("Ok(Kept(110))")
        .then("Ok(Had(100000))")
        .then("262144")
        .then("Intruder Alert: back-door")
        .then("Ok(Had(1000000))");
    Case::with_tests("heap::who_wants_too_much_fails_alone", machine, &commands, expected)
}

/// Where there is less RAM than a limit allows, what is kept for the kernel stays.
fn used_up() -> Case {
    let mut commands = vec!["load hoarder heap=128M", "load gatekeeper", "raise hoard grab 60000000"];
    commands.extend(["raise hoard ask 16000000", "raise hoard hold 16000000", "raise hoard hold 16000000"]);
    commands.extend(["raise hoard hold 16000000", "raise hoard hold 16000000", "raise hoard hold 16000000"]);
    commands.extend([
        "raise intruder front-door",
        "load echo",
        "domains",
        "mem",
        "unload hoarder",
        "mem",
        "halt",
    ]);
    let expected = Expectation::shell(0)
        .then("memory allocation of 60000000 bytes failed")
        .then("Ok(Had(16000000))")
        .then("memory allocation of 16000000 bytes failed")
        .then("Intruder Alert: front-door")
        .then("echo is domain");
    let machine = Machine::virt().memory("128M");
    Case::with_tests("heap::what_is_kept_for_the_kernel_stays", machine, &commands, expected)
}

/// What is left of one that is linked to another, or has imported from it, is kept until that has gone as well.
fn in_custody(how: &str, other: &str, guest: &str) -> Case {
    let [load_other, unload_other] = ["load", "unload"].map(|verb| format!("{verb} {other}"));
    let name = guest.split(' ').next().unwrap_or(guest);
    let (load_guest, unload_guest) = (format!("load {guest}"), format!("unload {name}"));
    let mut commands: Vec<&str> = Vec::new();
    for _ in 0..ROUNDS {
        commands.extend([&*load_other, &load_guest, &unload_guest, "mem"]);
        commands.extend(["load gatekeeper", "unload gatekeeper", "mem", &unload_other, "mem"]);
    }
    commands.extend(["mem", "halt"]);
    let expected = Expectation::shell(0)
        .then("in custody       8")
        .then("in custody       0")
        .absent("error")
        .settled("heap")
        .settled("extensions");
    let name = format!("heap::what_others_could_hold_is_in_custody_when_{how}");
    Case::with_tests(&name, Machine::virt(), &commands, expected)
}

/// A size that is none is refused before anything is loaded.
fn said_at_load() -> Case {
    let commands = ["load gatekeeper heap=much", "load gatekeeper heap=100K", "domains", "halt"];
    let expected = Expectation::shell(1)
        .then("`much` is no size; write bytes, or 256K, or 16M")
        .then("gatekeeper is domain")
        .then("102400");
    Case::with_tests("heap::how_much_is_said_at_load", Machine::virt(), &commands, expected)
}

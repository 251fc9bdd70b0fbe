//! The only place that makes QEMU command lines.
//!
//! Options and their reasons, QEMU 10.0: the flat image goes to `-kernel` (an ELF would get no initrd and, with EL3, no
//! PSCI); semihosting carries the exit status; `-no-reboot` turns a reset into an exit; `-nodefaults` leaves out the
//! network card and the disk drives that `virt` would have. `raspi4b` takes neither `-m` nor `-smp`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine::{Board, Entry, Gic, Machine};
use crate::tree::Given;

/// The program.
pub const PROGRAM: &str = "qemu-system-aarch64";

/// What QEMU is to start besides the machine.
#[derive(Debug, Clone, Default)]
pub struct Boot {
    /// The kernel, a flat image.
    pub image: PathBuf,
    /// The boot archive, passed as initrd.
    pub archive: Option<PathBuf>,
    /// The boot arguments of the device tree.
    pub arguments: String,
    /// How the kernel comes by its device tree. One that it is given as it is names neither an archive nor arguments, so
    /// both are left out then.
    pub tree: Given,
    /// Further options, as given.
    pub further: Vec<OsString>,
}

impl Boot {
    /// This image with nothing else.
    pub fn image(path: &Path) -> Self {
        Self { image: path.to_owned(), ..Self::default() }
    }
}

/// Where the guest's first serial line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serial {
    /// To QEMU's standard input and output, as a pipe.
    Pipe,
    /// To this terminal, in raw mode; Ctrl-A x ends QEMU, Ctrl-A c is its monitor.
    Terminal,
}

/// The command that emulates the machine and boots this on it.
pub fn command(machine: &Machine, boot: &Boot, serial: Serial) -> Command {
    let mut command = Command::new(PROGRAM);
    add_machine(&mut command, machine);
    if machine.counted {
        command.args(["-icount", "shift=0,sleep=off", "-seed", "1"]);
    }
    command.args(["-display", "none", "-no-reboot", "-semihosting-config", "enable=on,target=native"]);
    match serial {
        Serial::Pipe => command.args(["-monitor", "none", "-serial", "stdio"]),
        Serial::Terminal => command.args(["-serial", "mon:stdio"]),
    };
    if let Given::AsIs(tree) = &boot.tree {
        add_loader(&mut command, &boot.image, tree);
    } else {
        add_boot(&mut command, boot);
    }
    command.args(&boot.further);
    command
}

/// QEMU is the loader, by the rules of Linux.
fn add_boot(command: &mut Command, boot: &Boot) {
    command.arg("-kernel").arg(&boot.image);
    if let Some(archive) = &boot.archive {
        command.arg("-initrd").arg(archive);
    }
    if !boot.arguments.is_empty() {
        command.arg("-append").arg(&boot.arguments);
    }
    if let Given::Completed(tree) = &boot.tree {
        command.arg("-dtb").arg(tree);
    }
}

/// Where a loader of our own leaves what it loads on `virt`, and where it lies itself.
const IMAGE_AT: u64 = 0x4020_0000;
const TREE_AT: u64 = 0x4400_0000;
const LOADER_AT: u64 = 0x4018_0000;
/// It: LDR X0, .+16; LDR X1, .+20; BR X1; NOP; the tree's address; the image's (Arm ARM, C6.2).
const LOADER: [u64; 4] = [0x5800_00a1_5800_0080, 0xd503_201f_d61f_0020, TREE_AT, IMAGE_AT];

/// A loader that looks at nothing: QEMU would not pass on a tree that it cannot read itself.
fn add_loader(command: &mut Command, image: &Path, tree: &Path) {
    for (file, address) in [(image, IMAGE_AT), (tree, TREE_AT)] {
        let file = file.to_string_lossy().replace(',', ",,");
        command.arg("-device").arg(format!("loader,file={file},addr={address:#x},force-raw=on"));
    }
    for (address, word) in (LOADER_AT..).step_by(8).zip(LOADER) {
        command.arg("-device").arg(format!("loader,addr={address:#x},data={word:#x},data-len=8"));
    }
    command.arg("-device").arg(format!("loader,addr={LOADER_AT:#x},cpu-num=0"));
}

/// The command that writes the machine's device tree into `path`.
pub fn dump_tree(machine: &Machine, path: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    add_machine(&mut command, machine);
    let path = path.to_string_lossy().replace(',', ",,");
    command.args(["-display", "none", "-M", &format!("dumpdtb={path}")]);
    command
}

fn add_machine(command: &mut Command, machine: &Machine) {
    if machine.board == Board::Rpi4 {
        command.args(["-M", "raspi4b"]);
        return;
    }
    let gic = match machine.gic {
        Gic::V2 => "2",
        Gic::V3 => "3",
        Gic::Max => "max",
    };
    let (levels, usual_rate) = match machine.entry {
        Entry::El1 => ("", None),
        Entry::El2 => (",virtualization=on", None),
        Entry::NonSecure => (",secure=on,virtualization=on", Some(54_000_000)),
    };
    let rate = machine.counter_hz.or(usual_rate).map_or(String::new(), |hz| format!(",cntfrq={hz}"));
    command.args(["-nodefaults", "-M", &format!("virt,gic-version={gic}{levels}")]);
    command.args(["-cpu", &format!("{}{rate}", machine.cpu)]);
    command.args(["-smp", &machine.cores.to_string(), "-m", &machine.memory]);
}

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_whitespace() || "'\"$;&|".contains(c)) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(machine: &Machine) -> String {
        let boot = Boot { archive: Some("boot.tar".into()), ..Boot::image(Path::new("k.img")) };
        shown(&command(machine, &boot, Serial::Pipe))
    }

    #[test]
    fn the_stand_in_for_a_real_pi_has_security_extensions_and_its_counter() {
        let machine = Machine::virt().gic(Gic::V2).entry(Entry::NonSecure);
        let line = line(&machine);
        assert!(line.contains("-M virt,gic-version=2,secure=on,virtualization=on "), "{line}");
        assert!(line.contains("-cpu cortex-a72,cntfrq=54000000 "), "{line}");
    }

    #[test]
    fn a_counter_s_rate_is_passed_on_where_one_is_wanted() {
        assert!(!line(&Machine::virt()).contains("cntfrq"));
        let line = line(&Machine::virt().counter_hz(1_000_000_000));
        assert!(line.contains("-cpu cortex-a72,cntfrq=1000000000 "), "{line}");
    }

    #[test]
    fn the_pi_is_given_neither_cores_nor_memory() {
        let line = line(&Machine::rpi4());
        assert!(line.contains("-M raspi4b"), "{line}");
        assert!(!line.contains("-smp") && !line.contains("-m ") && !line.contains("-cpu"), "{line}");
    }

    #[test]
    fn only_a_counted_machine_is_counted() {
        assert!(!line(&Machine::virt()).contains("icount"));
        assert!(line(&Machine::virt().counted()).contains("-icount shift=0,sleep=off"));
    }

    #[test]
    fn boot_arguments_and_further_options_are_passed_on() {
        let boot = Boot {
            arguments: "suite=boot x".to_owned(),
            further: vec!["-d".into(), "int".into()],
            ..Boot::image(Path::new("k.img"))
        };
        let line = shown(&command(&Machine::virt(), &boot, Serial::Pipe));
        assert!(line.ends_with("-kernel k.img -append 'suite=boot x' -d int"), "{line}");
    }
}

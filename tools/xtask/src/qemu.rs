//! The machine as the command line describes it: options into [`spindle_harness::machine::Machine`].
//!
//! What QEMU itself is told is made by [`spindle_harness::qemu`] and nowhere else.

use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use spindle::process;
use spindle_harness::machine::{self, Entry, Machine};
use spindle_harness::qemu::{self, Boot};
use spindle_harness::tree::Given;

use crate::repository;

/// The oldest QEMU that has a `raspi4b`.
pub(crate) const OLDEST: u32 = 9;

/// Which machine to emulate.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The board.
    #[arg(long, value_enum, default_value = "virt")]
    board: Board,
    /// The interrupt controller [default: 3, with --secure 2]
    #[arg(long, value_enum)]
    gic: Option<Gic>,
    /// The number of cores [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    smp: Option<u16>,
    /// Memory, as QEMU writes it: 128M, 8G [default: 512M]
    #[arg(long, value_name = "SIZE")]
    mem: Option<String>,
    /// The cores' model, as QEMU names it [default: cortex-a72]
    #[arg(long, value_name = "MODEL")]
    cpu: Option<String>,
    /// Counts instructions as time and gives cores turns, so that each run is like the other.
    #[arg(long)]
    icount: bool,
    /// Enters the kernel at EL2.
    #[arg(long, conflicts_with = "secure")]
    el2: bool,
    /// Gives the machine EL3 and a GIC with security extensions: the nearest to a real Pi.
    #[arg(long)]
    secure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Board {
    /// QEMU's own.
    Virt,
    /// Raspberry Pi 4.
    Rpi4,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Gic {
    #[value(name = "2")]
    V2,
    #[value(name = "3")]
    V3,
    Max,
}

impl Options {
    /// The machine.
    ///
    /// # Errors
    /// When something is asked of the Pi that it hasn't.
    pub(crate) fn machine(&self) -> Result<Machine> {
        if self.board == Board::Rpi4 {
            return self.rpi4();
        }
        let plain = Machine::virt();
        let gic = self.gic.unwrap_or(if self.secure { Gic::V2 } else { Gic::V3 });
        Ok(Machine {
            gic: match gic {
                Gic::V2 => machine::Gic::V2,
                Gic::V3 => machine::Gic::V3,
                Gic::Max => machine::Gic::Max,
            },
            cores: self.smp.map_or(plain.cores, usize::from),
            memory: self.mem.clone().unwrap_or(plain.memory),
            cpu: self.cpu.clone().unwrap_or(plain.cpu),
            entry: match (self.secure, self.el2) {
                (true, _) => Entry::NonSecure,
                (_, true) => Entry::El2,
                _ => Entry::El1,
            },
            counted: self.icount,
            ..Machine::virt()
        })
    }

    fn rpi4(&self) -> Result<Machine> {
        let asked = [
            ("--gic", self.gic.is_some_and(|gic| gic != Gic::V2)),
            ("--smp", self.smp.is_some_and(|cores| cores != 4)),
            ("--mem", self.mem.is_some()),
            ("--cpu", self.cpu.is_some()),
            ("--secure", self.secure),
        ];
        let refused: Vec<_> = asked.iter().filter(|(_, is_asked)| *is_asked).map(|(name, _)| *name).collect();
        if !refused.is_empty() {
            bail!("raspi4b has four Cortex-A72, 2 GiB and a GIC-400: {} can't be chosen", refused.join(", "));
        }
        Ok(Machine { counted: self.icount, ..Machine::rpi4() })
    }
}

/// The kernel with its boot archive.
pub(crate) fn kernel(arguments: &str, further: Vec<OsString>) -> Boot {
    Boot {
        image: repository::image(),
        archive: Some(repository::archive()),
        arguments: arguments.to_owned(),
        further,
        tree: Given::ByQemu,
    }
}

/// The version of the QEMU that would be started.
///
/// # Errors
/// When there is none, or its words aren't understood.
pub(crate) fn version() -> Result<(u32, u32)> {
    let said = process::output(std::process::Command::new(qemu::PROGRAM).arg("--version"))?;
    version_in(&said).with_context(|| format!("{} doesn't say its version: {said}", qemu::PROGRAM))
}

fn version_in(said: &str) -> Option<(u32, u32)> {
    let numbers = said.split_once("version ")?.1;
    let mut numbers = numbers.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn machine(line: &str) -> Result<Machine> {
        Line::parse_from(format!("x {line}").split_whitespace()).options.machine()
    }

    #[test]
    fn options_become_the_machine() {
        let wanted = Machine::virt().gic(machine::Gic::Max).cores(8).memory("8G").cpu("max").counted();
        let line = "--gic max --smp 8 --mem 8G --cpu max --icount --el2";
        assert_eq!(machine(line).unwrap(), wanted.entry(Entry::El2));
    }

    #[test]
    fn secure_means_the_older_controller_unless_told_otherwise() {
        assert_eq!(machine("--secure").unwrap().gic, machine::Gic::V2);
        assert_eq!(machine("--secure --gic 3").unwrap().gic, machine::Gic::V3);
    }

    #[test]
    fn the_pi_names_all_that_it_has_not() {
        let error = machine("--board rpi4 --smp 8 --mem 1G").unwrap_err().to_string();
        assert!(error.contains("--smp, --mem"), "{error}");
        assert!(machine("--board rpi4 --smp 4 --gic 2 --icount").is_ok());
    }

    #[test]
    fn qemu_versions_are_read_as_distributions_write_them() {
        assert_eq!(version_in("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)\n"), Some((10, 0)));
        assert_eq!(version_in("QEMU emulator version 7.2.0\n"), Some((7, 2)));
        assert_eq!(version_in("QEMU"), None);
    }
}

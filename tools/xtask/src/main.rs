//! The front door behind `./x`: reads the command line and hands over to one file per verb.
//!
//! Each verb is a `clap::Args` struct with `run(self) -> anyhow::Result<ExitCode>`. An `Err` is printed with its causes and
//! ends with status 1; a verb that has a status of its own (a guest's, say) returns it. This file knows no verb's inside.

mod archive;
mod bench;
mod build;
mod check;
mod console;
mod doctor;
mod flags;
mod image;
mod inject;
mod kernel;
mod keys;
mod load;
mod new;
mod qemu;
mod refusals;
mod repository;
mod run;
mod sdk;
mod soak;
mod surface;
mod symbols;
mod teletype;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs, tests and measures the Spindle kernel.
#[derive(Parser)]
#[command(name = "x", bin_name = "./x", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

/// What `./x` can do.
#[derive(Subcommand)]
enum Verb {
    /// Prints which tools were found, and what is missing.
    Doctor(doctor::Doctor),
    /// Builds all that `run` needs, or single extensions.
    Build(build::Build),
    /// Boots the kernel in QEMU and gives its shell, or feeds it commands.
    Run(run::Run),
    /// Sends an extension to the kernel that `run` has started, or to a board, and has it loaded.
    Load(load::Load),
    /// Makes the crate of a new extension.
    New(new::New),
    /// Builds the kernel and the SDK that extensions are built against.
    Sdk(sdk::Sdk),
    /// Makes and lists the keys that extensions are signed with.
    Keys(keys::Keys),
    /// Writes what a board boots from.
    Image(image::Image),
    /// Runs every check and test there is: host, models, QEMU.
    Test(test::Test),
    /// Counts instructions and holds them against their limits.
    Bench(bench::Bench),
    /// Runs the long forms of the stress tests.
    Soak(soak::Soak),
    /// Flips bits of an extension that runs, and sees whether the kernel contains it.
    Inject(inject::Inject),
    /// Checks what no compiler lint knows: file heads, lengths, unsafe ledger, arrows.
    Check(check::Check),
}

impl Verb {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Doctor(verb) => verb.run(),
            Self::Build(verb) => verb.run(),
            Self::Run(verb) => verb.run(),
            Self::Load(verb) => verb.run(),
            Self::New(verb) => verb.run(),
            Self::Sdk(verb) => verb.run(),
            Self::Keys(verb) => verb.run(),
            Self::Image(verb) => verb.run(),
            Self::Test(verb) => verb.run(),
            Self::Bench(verb) => verb.run(),
            Self::Soak(verb) => verb.run(),
            Self::Inject(verb) => verb.run(),
            Self::Check(verb) => verb.run(),
        }
    }
}

fn main() -> ExitCode {
    match Arguments::parse().verb.run() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("x: {error:#}");
            ExitCode::FAILURE
        }
    }
}

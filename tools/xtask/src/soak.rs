//! The verb `soak`: the stress tests, run for long.
//!
//! On the host the test programs named `stress` and `model` read `SPINDLE_SOAK`, the number of times they are to do more than
//! in `./x test`. In QEMU machines boot and halt over and over with their cores in parallel, where each start is another
//! interleaving, four cores storm one machine for ten minutes, on another five extensions come and go ten thousand times, and on
//! one an extension fails in all its ways for an hour.
//! `--short` does little of each, so that nothing rots unseen.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use cargo_metadata::{MetadataCommand, TargetKind};
use spindle::process;
use spindle_harness::cases;
use spindle_harness::trials;

use crate::{repository, test};

/// Options of `./x soak`.
#[derive(clap::Args)]
pub(crate) struct Soak {
    /// Does a hundredth of it.
    #[arg(long)]
    short: bool,
    /// Runs only tests whose name contains this.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
}

/// Test programs that can do more than they do in `./x test`.
const PROGRAMS: [&str; 2] = ["stress", "model"];

/// The variable they read.
const VARIABLE: &str = "SPINDLE_SOAK";

/// How much more is done in all.
const FACTOR: usize = 100;

impl Soak {
    /// Runs all of it; stops at the first failure.
    ///
    /// # Errors
    /// When something fails.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let start = Instant::now();
        let factor = if self.short { 1 } else { FACTOR };
        self.host(factor)?;
        self.qemu(factor)?;
        println!("soak: all well after {:.0} s", start.elapsed().as_secs_f64());
        Ok(ExitCode::SUCCESS)
    }

    fn host(&self, factor: usize) -> Result<()> {
        let mut command = MetadataCommand::new();
        command.manifest_path(repository::root().join("Cargo.toml")).no_deps();
        let metadata = command.exec().context("cargo metadata failed")?;
        for package in metadata.workspace_packages() {
            let tests = package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Test));
            for target in tests.filter(|target| PROGRAMS.contains(&target.name.as_str())) {
                println!("\n== soak {} {}, {factor} times", package.name, target.name);
                let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                command.current_dir(repository::root()).env(VARIABLE, factor.to_string());
                command.args(["test", "--release", "--package", &package.name, "--test", &target.name]);
                process::run(command.args(&self.filter))?;
            }
        }
        Ok(())
    }

    fn qemu(&self, factor: usize) -> Result<()> {
        let images = test::images()?;
        println!("\n== soak qemu, once");
        let conclusion = trials::run(cases::soak_once(self.short), &images, self.filter.as_deref());
        if conclusion.has_failed() {
            bail!("{} runs failed", conclusion.num_failed);
        }
        for round in 1..=factor {
            println!("\n== soak qemu, round {round} of {factor}");
            let conclusion = trials::run(cases::soak(), &images, self.filter.as_deref());
            if conclusion.has_failed() {
                bail!("{} runs failed in round {round}", conclusion.num_failed);
            }
        }
        Ok(())
    }
}

//! The verb `test`: every check and test there is, in steps. A step that fails doesn't keep the others from running.
//!
//! The steps are a table; what they count is added up and closed with the line that cargo's own tests close with.

mod elf;
mod guide;
pub(crate) mod image;
mod monitor;
pub(crate) mod objects;
mod outlaw;
mod outside;
mod spoiled;
mod steps;
mod tally;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use spindle_harness::trials::Images;
use tally::Tally;

use crate::keys::Trust;
use crate::{build, keys, repository};

/// Options of `./x test`.
#[derive(clap::Args)]
pub(crate) struct Test {
    /// Runs this step only; may be given more than once.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Runs tests whose name contains this, and no other step than those that run tests.
    #[arg(long, value_name = "NAME")]
    filter: Option<String>,
    /// Lists steps and QEMU runs, and runs none.
    #[arg(long)]
    list: bool,
}

/// Builds all that QEMU runs need and says where it is.
///
/// # Errors
/// When a part can't be built.
pub(crate) fn images() -> Result<Images> {
    // Before the image is built, which is to know that it was revoked.
    keys::revoked_for_tests()?;
    image::build()?;
    build::everything(&Trust::default())?;
    build::checked(&Trust::default())?;
    monitor::build()?;
    objects::build()?;
    Ok(Images {
        kernel: repository::image(),
        tests: repository::test_image(),
        checked: repository::checked_image(),
        monitored: repository::monitored_image(),
        archive: repository::archive(),
        test_archive: objects::archive_path(),
        products: repository::out(),
    })
}

/// A part of `./x test`.
struct Step {
    name: &'static str,
    says: &'static str,
    /// It runs tests that have names.
    has_names: bool,
    /// Runs it with a filter for names; an error is a failure of the step.
    run: fn(Option<&str>, &mut Tally) -> Result<()>,
}

/// How a step went.
struct Outcome {
    name: &'static str,
    elapsed: Duration,
    failure: Option<anyhow::Error>,
}

impl Test {
    /// Runs the steps, says how each went, fails when one did.
    ///
    /// # Errors
    /// When `--only` names a step that there isn't.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.list {
            steps::ALL.iter().for_each(|step| println!("{:<14} {}", step.name, step.says));
            spindle_harness::cases::all()
                .iter()
                .for_each(|case| println!("qemu           {}", case.full_name()));
            return Ok(ExitCode::SUCCESS);
        }
        let chosen = self.chosen()?;
        let start = Instant::now();
        let mut tally = Tally::default();
        let outcomes: Vec<Outcome> =
            chosen.into_iter().map(|step| carried_out(step, self.filter.as_deref(), &mut tally)).collect();
        Ok(summary(&outcomes, &tally, start.elapsed()))
    }

    fn chosen(&self) -> Result<Vec<&'static Step>> {
        if let Some(unknown) =
            self.only.iter().find(|name| !steps::ALL.iter().any(|step| step.name == **name))
        {
            let known: Vec<_> = steps::ALL.iter().map(|step| step.name).collect();
            bail!("there is no step `{unknown}`; there are {}", known.join(", "));
        }
        let is_chosen = |step: &&Step| {
            if self.only.is_empty() {
                self.filter.is_none() || step.has_names
            } else {
                self.only.iter().any(|name| name == step.name)
            }
        };
        Ok(steps::ALL.iter().filter(is_chosen).collect())
    }
}

fn carried_out(step: &Step, filter: Option<&str>, tally: &mut Tally) -> Outcome {
    println!("\n== {}: {}", step.name, step.says);
    let start = Instant::now();
    let failure = (step.run)(filter, tally).err();
    if let Some(failure) = &failure {
        println!("== {} FAILED: {failure:#}", step.name);
    }
    Outcome { name: step.name, elapsed: start.elapsed(), failure }
}

fn summary(outcomes: &[Outcome], tally: &Tally, elapsed: Duration) -> ExitCode {
    println!();
    for Outcome { name, elapsed, failure } in outcomes {
        let verdict = if failure.is_none() { "ok" } else { "FAILED" };
        println!("step {name:<14} {verdict:<7} {:>7.1} s", elapsed.as_secs_f64());
    }
    let failed = outcomes.iter().filter(|outcome| outcome.failure.is_some()).count();
    println!("{}", tally.closing_line(failed, elapsed));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

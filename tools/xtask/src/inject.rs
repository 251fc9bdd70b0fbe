//! The verb `inject`: flips bits of an extension that runs, and sees how far that goes.
//!
//! Each run is a machine of its own: another extension and the victim are loaded, one bit of the victim is flipped in the middle
//! of its work by way of QEMU's port for debuggers, and it is looked at who notices. Seed and number of a run say which bit and
//! when; instructions are counted, so a run can be repeated alone.

mod flip;
mod packet;
mod plan;
mod remote;
mod site;
mod table;
mod verdict;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use spindle_harness::machine::Machine;
use spindle_harness::qemu::{self, Boot, Serial};
use spindle_harness::session::{self, Record, Script};
use spindle_harness::tree::Given;

use crate::{repository, test};
use flip::{Flip, FlipError};
use plan::Plan;
use remote::Remote;
use site::{Site, Survey};
use table::Table;
use verdict::Verdict;

/// The longest that a command may take, and that the victim's work may be awaited, on the host.
const PATIENCE: Duration = Duration::from_secs(20);
/// Has the kernel say where it puts what it loads.
const ARGUMENTS: &str = "log";

/// Options of `./x inject`.
#[derive(clap::Args)]
pub(crate) struct Inject {
    /// What the faults are drawn from.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    seed: u64,
    /// How many runs.
    #[arg(long, value_name = "N", default_value = "40")]
    runs: u64,
    /// Does this run of the seed alone, and shows all that was said.
    #[arg(long, value_name = "K", conflicts_with = "runs")]
    run: Option<u64>,
    /// Writes what was found into this file, too.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Inject {
    /// Does the runs, prints each and the table, fails when too little was contained.
    ///
    /// # Errors
    /// When something can't be built or started, or a bit can't be flipped.
    pub(crate) fn run(self) -> Result<ExitCode> {
        test::images()?;
        let runs = self.run.map_or(0..self.runs, |run| run..run + 1);
        let seed = self.seed;
        let drawn = |run| {
            let again = format!("./x inject --seed {seed} --run {run}");
            Drawn { run, plan: Plan::new(seed, run), again }
        };
        let (table, report) = injected(runs.map(drawn), self.run.is_some())?;
        if let Some(path) = &self.report {
            fs::write(path, report).with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(if table.is_enough() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A small set, always the same, of all classes.
///
/// # Errors
/// When too little was contained, or as for [`Inject::run`].
pub(crate) fn small_set() -> Result<()> {
    const SEED: u64 = 1;
    const RUNS: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    let again = || "./x test --only inject".to_owned();
    let plans = RUNS.map(|run| Plan::new(SEED, run)).into_iter().chain([Plan::astray()]);
    let drawn = (0..).zip(plans).map(|(run, plan)| Drawn { run, plan, again: again() });
    let (table, _) = injected(drawn, false)?;
    if table.is_enough() { Ok(()) } else { bail!("fewer than {} % were contained", table::LEAST_PERCENT) }
}

/// A run, and what does it again.
struct Drawn {
    run: u64,
    plan: Plan,
    again: String,
}

/// Does these runs; gives the table, and all that is to be reported.
fn injected(runs: impl Iterator<Item = Drawn>, shows_all: bool) -> Result<(Table, String)> {
    let slots = site::slots(&repository::image().with_extension("elf"))?;
    let (mut table, mut report, mut losses) = (Table::default(), String::new(), String::new());
    let mut tell = |text: String| {
        println!("{text}");
        report.push_str(&text);
        report.push('\n');
    };
    for Drawn { run, plan, again } in runs {
        let (flip, record) = one(&plan, slots).with_context(|| format!("run {run}; again: {again}"))?;
        let verdict = verdict::judged(&record);
        if shows_all {
            record.lines.iter().for_each(|line| println!("  {}", line.text));
        }
        tell(described(run, &plan, &flip, &verdict));
        table.count(plan.class, &verdict);
        if verdict.is_loss() {
            writeln!(losses, "again: {again}  # {} {verdict}", plan.class)?;
        }
    }
    tell(format!("{table}{losses}").trim_end().to_owned());
    Ok((table, report))
}

fn described(run: u64, plan: &Plan, flip: &Flip, verdict: &Verdict) -> String {
    let Flip { address, offset, bit, at } = flip;
    format!(
        "run {run:<3} {:<6} bit {bit} of {address:#x} (+{offset:#x}) at text+{at:#x} of round {}: {verdict}",
        plan.class.to_string(),
        plan.rounds
    )
}

/// One machine from start to end.
fn one(plan: &Plan, slots: u64) -> Result<(Flip, Record)> {
    let port = repository::out().join("inject.sock");
    let boot = Boot {
        image: repository::image(),
        archive: Some(test::objects::archive_path()),
        tree: Given::ByQemu,
        arguments: ARGUMENTS.to_owned(),
        further: further(&port),
    };
    let mut command = qemu::command(&Machine::virt().cores(2), &boot, Serial::Pipe);
    let script = Script { commands: verdict::script(), patience: PATIENCE };
    let mut survey = Survey::default();
    let mut work: Option<JoinHandle<Result<Flip>>> = None;
    let record = session::run(&mut command, &script, &mut |line| {
        if work.is_none()
            && let Some(site) = survey.read(&line.text)
        {
            work = Some(begun(&port, site, slots, plan.clone()));
        }
    })
    .with_context(|| format!("can't start `{}`", qemu::shown(&command)))?;
    let said = || record.lines.last().map_or("nothing", |line| &line.text).to_owned();
    let work =
        work.ok_or_else(|| anyhow!("the victim doesn't say where it lies; the last said is: {}", said()))?;
    let flip = work.join().map_err(|_| anyhow!("the injection has panicked"))?;
    Ok((flip.with_context(|| format!("the last said is: {}", said()))?, record))
}

/// Where the port for debuggers is; and instructions are counted, but otherwise than on a counted machine: there time leaps to the
/// next timer whenever all cores stand still, which they do at each step, and every handler would be over its budget.
fn further(port: &Path) -> Vec<OsString> {
    let port = format!("unix:{},server=on,wait=off", port.display());
    ["-icount", "shift=0", "-seed", "1", "-gdb", &port].map(OsString::from).to_vec()
}

/// Stops the machine where the victim was loaded; what is to be done in its work is done beside the dialogue with the shell.
fn begun(port: &Path, site: Site, slots: u64, plan: Plan) -> JoinHandle<Result<Flip>> {
    let remote = attached(port);
    thread::spawn(move || Ok(flip::flip(remote?, &site, slots, &plan)?))
}

fn attached(port: &Path) -> Result<Remote<UnixStream>> {
    let stream = UnixStream::connect(port).with_context(|| format!("can't connect to {}", port.display()))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(Remote::attach(stream).map_err(FlipError::from)?)
}

//! Benchmarks inside the kernel: extensions that count instructions and print rows.
//!
//! Raiser and handlers are two extensions, so that what is counted crosses domains. They are built like any other and put
//! into an archive beside the shell; nothing of them is in the boot archive that `run` uses.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use spindle::extension::Builder;
use spindle_harness::judge::{Expectation, judge};
use spindle_harness::machine::Machine;
use spindle_harness::qemu::{self, Serial};
use spindle_harness::session::{self, Record, Script};
use spindle_protocol::Row;

use super::table::Measured;
use crate::{archive, keys, qemu as machine, repository, sdk};

/// The extensions, in the order in which they are loaded; the last is loaded to see what that costs.
const EXTENSIONS: [&str; 3] =
    ["tests/extensions/bench-handlers", "tests/extensions/bench", "tests/extensions/bench-object"];

/// How the shell is loaded.
const CONFIGURATION: &str = "load shell with SpinTrusted\n";

/// What is typed. Who counts asks when a domain has ended, which only those are told who are trusted. The row that comes last comes
/// when the command that asked for it has long returned.
const COMMANDS: [&str; 9] = [
    "load bench-handlers heap=64M",
    "load tasks",
    "load threads",
    "load bench with SpinTrusted,bench-handlers,tasks,threads heap=64M strands=12000",
    "raise bench all",
    "@await BENCH domains/unload",
    "raise bench strands",
    "@await BENCH strands/many_ready",
    "halt",
];

/// Longer than any benchmark takes on a busy host.
const PATIENCE: Duration = Duration::from_secs(300);

/// The counter's rate: a tick for each instruction, so that those from one core's reading to another's can be counted.
const COUNTER_HZ: u32 = 1_000_000_000;

/// Runs all of them on four counted cores.
///
/// # Errors
/// When they can't be built, or the run isn't a good one.
pub(crate) fn measure() -> Result<Vec<Measured>> {
    let boot = qemu::Boot { archive: Some(archive_with_benchmarks()?), ..machine::kernel("", Vec::new()) };
    let commands = COMMANDS.map(str::to_owned).to_vec();
    let record = run(&Machine::virt().counter_hz(COUNTER_HZ).counted(), &boot, commands)?;
    rows(&record)
}

/// Feeds the shell these commands and demands that all of them succeed.
///
/// # Errors
/// When they don't.
pub(crate) fn run(machine: &Machine, boot: &qemu::Boot, commands: Vec<String>) -> Result<Record> {
    let mut command = qemu::command(machine, boot, Serial::Pipe);
    let script = Script { commands, patience: PATIENCE };
    let record = session::run(&mut command, &script, &mut |_| {}).context("QEMU can't be started")?;
    judge(&record, &Expectation::shell(0)).with_context(|| {
        let lines: Vec<_> = record.lines.iter().map(|line| line.text.as_str()).collect();
        format!("{}\n{}", qemu::shown(&command), lines.join("\n"))
    })?;
    Ok(record)
}

fn rows(record: &Record) -> Result<Vec<Measured>> {
    let parsed = record.lines.iter().filter_map(|line| Some((&line.text, Row::parse(&line.text)?)));
    let mut rows: Vec<Measured> = Vec::new();
    for (line, row) in parsed {
        let row = Measured::from(row.map_err(|bad| anyhow::anyhow!("{bad}: {line}"))?);
        if rows.iter().any(|known| known.id == row.id) {
            bail!("two rows have the id {}", row.id);
        }
        rows.push(row);
    }
    if rows.is_empty() {
        bail!("the benchmarks printed no rows");
    }
    Ok(rows)
}

/// The shell, the benchmarks, and whatever else the boot archive has.
fn archive_with_benchmarks() -> Result<PathBuf> {
    let builder = Builder::new(&sdk::folder(), Some(keys::development()?), &repository::extensions())?;
    let mut folders = archive::extensions(&repository::root().join("extensions"))?;
    folders.extend(EXTENSIONS.iter().map(|path| repository::root().join(path)));
    builder.publish(&folders)?;
    let objects = builder.build_several(&folders)?;
    let path = repository::out().join("bench.tar");
    archive::pack(CONFIGURATION, &objects, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use spindle_harness::session::{Ending, Line};

    use super::*;

    fn record(lines: &[&str]) -> Record {
        Record {
            lines: lines.iter().map(|&text| Line { text: text.to_owned(), is_echo: false }).collect(),
            errors: String::new(),
            unsent: Vec::new(),
            ending: Ending::Exited(0),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn rows_are_found_among_other_lines() {
        let rows = rows(&record(&["core 0", "BENCH a/b|raise|5|0|i|6", "bench is domain 2"])).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].id, "a/b");
    }

    #[test]
    fn damaged_doubled_and_missing_rows_are_failures() {
        assert!(rows(&record(&["BENCH a/b|raise|5|0|i"])).is_err());
        assert!(rows(&record(&["BENCH a/b|raise|5|0|i|6", "BENCH a/b|raise|5|0|i|6"])).is_err());
        assert!(rows(&record(&["nothing"])).is_err());
    }
}

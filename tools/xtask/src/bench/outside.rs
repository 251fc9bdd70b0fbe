//! Figures that can only be seen from outside, or of the kernel as a whole: size, memory, time to the shell.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use spindle_harness::cases::Case;
use spindle_harness::judge::judge;
use spindle_harness::machine::Machine;
use spindle_harness::qemu::{self, Boot, Serial};
use spindle_harness::session::{self, Record, Script};

use super::guest;
use super::table::Measured;
use crate::{qemu as machine, repository, test};

/// So many times each is done.
const RUNS: usize = 5;
const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * KIB;

/// All of them.
///
/// # Errors
/// When something can't be run, or the shell says something else than expected.
pub(crate) fn measure() -> Result<Vec<Measured>> {
    let mut rows = vec![image()?];
    rows.extend(shell()?);
    rows.push(boot_to_exit()?);
    Ok(rows)
}

fn image() -> Result<Measured> {
    let path = repository::image();
    let bytes = fs::metadata(&path).with_context(|| format!("can't look at {}", path.display()))?.len();
    let operation = "kernel image with all exported symbols";
    row("host/image_size", operation, "bytes", MIB, vec![bytes as f64])
}

/// What the shell knows of four counted cores that have just booted.
fn shell() -> Result<[Measured; 2]> {
    let (mut memory, mut boot) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let commands = ["mem", "log", "halt"].map(str::to_owned).to_vec();
        let record = guest::run(&Machine::virt().counted(), &machine::kernel("", Vec::new()), commands)?;
        memory.push(used_bytes(&record).context("`mem` doesn't say how much is used")?);
        boot.push(started_ms(&record).context("`log` doesn't say when the kernel had started")?);
    }
    let used =
        row("host/memory_after_boot", "memory in use after boot, four cores", "bytes", 4.0 * MIB, memory)?;
    let started = row("host/boot", "reset to shell, four cores, virtual time", "ms", 20.0, boot)?;
    Ok([used, started])
}

/// Host time, so it wobbles with the host's load.
fn boot_to_exit() -> Result<Measured> {
    test::image::build()?;
    let case = Case::suite("memory", Machine::virt());
    let boot = Boot { arguments: case.arguments.clone(), ..Boot::image(&repository::test_image()) };
    let script = Script { commands: Vec::new(), patience: Duration::from_secs(60) };
    let mut seconds = Vec::new();
    for _ in 0..RUNS {
        let record =
            session::run(&mut qemu::command(&case.machine, &boot, Serial::Pipe), &script, &mut |_| {})?;
        judge(&record, &case.expected).context("the test kernel failed")?;
        seconds.push(record.elapsed.as_secs_f64());
    }
    row("host/boot_to_exit", "one test kernel, boot to exit, host time", "s", 2.0, seconds)
}

fn row(id: &str, operation: &str, unit: &str, limit: f64, runs: Vec<f64>) -> Result<Measured> {
    Measured::of_runs(id, operation, unit, limit, runs).context("nothing was measured")
}

/// From the table of `mem`: `used   1602`, in KiB.
fn used_bytes(record: &Record) -> Option<f64> {
    let mut words = record.lines.iter().find(|line| line.text.starts_with("used "))?.text.split_whitespace();
    words.nth(1)?.parse::<f64>().ok().map(|kib| kib * KIB)
}

/// From the log: `0.178151 s core 0: started, the counter at 179031 us`. The counter runs from reset, the log from the kernel's
/// entry.
fn started_ms(record: &Record) -> Option<f64> {
    let after = record.lines.iter().find_map(|line| line.text.split_once(": started, the counter at "))?.1;
    after.strip_suffix(" us")?.parse::<f64>().ok().map(|us| us / 1000.0)
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
    fn the_shells_words_are_understood() {
        let seen =
            record(&["memory  KiB", "used    1602", "0.178151 s core 0: started, the counter at 179031 us"]);
        assert_eq!(used_bytes(&seen), Some(1602.0 * 1024.0));
        assert!(started_ms(&seen).is_some_and(|ms| (ms - 179.031).abs() < 1e-9));
    }

    #[test]
    fn other_words_give_no_figure() {
        let seen = record(&["unused 3", "the kernel started"]);
        assert_eq!((used_bytes(&seen), started_ms(&seen)), (None, None));
    }
}

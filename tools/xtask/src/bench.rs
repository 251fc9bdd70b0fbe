//! The verb `bench`: counts what operations cost and holds the counts against their limits.
//!
//! Rows come from benchmarks inside the kernel, run under `-icount` by way of the shell, and from what can only be seen from
//! outside. A limit that isn't kept, a row that is damaged, and no rows at all are failures.

mod guest;
mod outside;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::keys::Trust;
use table::{Measured, Table};

/// Rows that have to be there: a limit that nobody measured isn't kept.
const PROMISED: [&str; 34] = [
    "domains/call_extension",
    "domains/call_kernel",
    "domains/capability_use",
    "domains/load",
    "domains/unload",
    "events/raise_unguarded",
    "events/further_handler",
    "events/refusing_guard",
    "events/keyed_10",
    "events/keyed_1000",
    "events/keyed_flat",
    "events/post_awake",
    "events/inbox_push_pop",
    "events/interrupt_to_handler",
    "events/install_flat",
    "events/budget",
    "events/overrun_end",
    "host/boot",
    "host/boot_to_exit",
    "host/image_size",
    "host/memory_after_boot",
    "strands/yield",
    "strands/ping_pong",
    "strands/block_to_next",
    "strands/unblock_asleep",
    "strands/across",
    "strands/start_and_wait",
    "strands/fork_join",
    "strands/task_wake_poll",
    "strands/task_channel",
    "strands/wake_same_core",
    "strands/wake_other_core",
    "strands/governed_yield",
    "strands/many_ready",
];

/// Options of `./x bench`.
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// Shows and judges only rows whose id begins with this.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    filter: String,
    /// Writes the rows into this file as a JSON array.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Bench {
    /// Measures, prints the table, fails when a limit is broken.
    ///
    /// # Errors
    /// When something can't be built or run, or gives no figures.
    pub(crate) fn run(self) -> Result<ExitCode> {
        build::everything(&Trust::default())?;
        let mut rows: Vec<Measured> = Vec::new();
        for (area, measure) in
            [("host/", outside::measure as fn() -> Result<Vec<Measured>>), ("", guest::measure)]
        {
            if self.may_hold(area) {
                rows.extend(measure()?);
            }
        }
        rows.retain(|row| row.id.starts_with(&self.filter));
        if rows.is_empty() {
            bail!("no benchmark's id begins with `{}`", self.filter);
        }
        let table = Table::new(rows);
        print!("{table}");
        let missing = self.missing(&table);
        missing.iter().for_each(|id| println!("bench: MISSING {id}: its benchmark gave no figure"));
        if let Some(path) = &self.json {
            std::fs::write(path, table.json()?).with_context(|| format!("can't write {}", path.display()))?;
        }
        Ok(if table.is_kept() && missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The promised rows that the filter lets through and that aren't there.
    fn missing(&self, table: &Table) -> Vec<&'static str> {
        let wanted = PROMISED.iter().filter(|id| id.starts_with(&self.filter));
        wanted.filter(|id| !table.has(id)).copied().collect()
    }

    /// Whether a source of rows can have one that the filter lets through: `host/` rows come from outside, all others from
    /// the guest.
    fn may_hold(&self, area: &str) -> bool {
        if area.is_empty() {
            !self.filter.starts_with("host/")
        } else {
            area.starts_with(&self.filter) || self.filter.starts_with(area)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promised_row_that_is_not_there_is_missed() {
        let bench = |filter: &str| Bench { filter: filter.to_owned(), json: None };
        let row = Measured::of_runs("host/boot", "boot", "ms", 20.0, vec![7.0]);
        let table = Table::new(row.into_iter().collect());
        assert!(bench("host/boot").missing(&table).contains(&"host/boot_to_exit"));
        assert!(!bench("").missing(&table).contains(&"host/boot"));
        assert!(bench("events/raise").missing(&table).contains(&"events/raise_unguarded"));
        assert!(bench("others/").missing(&table).is_empty());
    }

    #[test]
    fn a_filter_runs_only_what_can_have_rows_for_it() {
        let may_hold =
            |filter: &str, area: &str| Bench { filter: filter.to_owned(), json: None }.may_hold(area);
        assert!(may_hold("", "host/") && may_hold("", ""));
        assert!(may_hold("host/image", "host/") && !may_hold("host/image", ""));
        assert!(!may_hold("events/", "host/") && may_hold("events/", ""));
        assert!(may_hold("h", "host/") && may_hold("h", ""));
    }
}

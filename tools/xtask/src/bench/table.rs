//! Measured rows as a table, with a verdict each, and as JSON.

use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;
use spindle_protocol::Row;

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Measured {
    /// Area and name.
    pub(crate) id: String,
    /// What one operation is.
    pub(crate) operation: String,
    /// In `unit`.
    pub(crate) value: f64,
    /// Largest minus smallest over the runs, in `unit`.
    pub(crate) spread: f64,
    /// What is counted.
    pub(crate) unit: String,
    /// The most that `value` may be.
    pub(crate) limit: Option<f64>,
    /// The same on Linux, where it was measured.
    pub(crate) linux: Option<f64>,
}

impl From<Row<'_>> for Measured {
    fn from(row: Row<'_>) -> Self {
        Self {
            id: row.id.to_owned(),
            operation: row.operation.to_owned(),
            value: row.value,
            spread: row.spread,
            unit: row.unit.to_owned(),
            limit: row.limit,
            linux: None,
        }
    }
}

impl Measured {
    /// The median of runs, with their spread.
    pub(crate) fn of_runs(
        id: &str,
        operation: &str,
        unit: &str,
        limit: f64,
        mut runs: Vec<f64>,
    ) -> Option<Self> {
        runs.sort_by(f64::total_cmp);
        let (first, last) = (*runs.first()?, *runs.last()?);
        Some(Self {
            id: id.to_owned(),
            operation: operation.to_owned(),
            value: *runs.get(runs.len() / 2)?,
            spread: last - first,
            unit: unit.to_owned(),
            limit: Some(limit),
            linux: None,
        })
    }

    fn verdict(&self) -> &'static str {
        match self.limit {
            None => "",
            Some(limit) if self.value <= limit => "kept",
            Some(_) => "BROKEN",
        }
    }
}

/// Rows in order of their ids.
pub(crate) struct Table {
    rows: Vec<Measured>,
}

impl Table {
    /// A table of these.
    pub(crate) fn new(mut rows: Vec<Measured>) -> Self {
        rows.sort_by(|one, other| one.id.cmp(&other.id));
        Self { rows }
    }

    /// Whether there is a row of this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.rows.iter().any(|row| row.id == id)
    }

    /// Whether each limit is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.rows.iter().all(|row| row.verdict() != "BROKEN")
    }

    /// The rows as an array.
    ///
    /// # Errors
    /// When a figure is none.
    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(&self.rows).context("the figures can't be written as JSON")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Measured) -> &str| self.rows.iter().map(|row| of(row).len()).max().unwrap_or(0);
        let (id, operation, unit) =
            (width(|row| &row.id), width(|row| &row.operation), width(|row| &row.unit));
        for row in &self.rows {
            let limit = row.limit.map_or(String::new(), |limit| format!("<= {}", figure(limit)));
            writeln!(
                f,
                "{:<id$}  {:<operation$}  {:>12} +-{:<8} {:<unit$}  {limit:<12} {}",
                row.id,
                row.operation,
                figure(row.value),
                figure(row.spread),
                row.unit,
                row.verdict()
            )?;
        }
        let broken = self.rows.iter().filter(|row| row.verdict() == "BROKEN").count();
        let limited = self.rows.iter().filter(|row| row.limit.is_some()).count();
        writeln!(f, "bench: {} rows, {limited} with a limit, {broken} broken", self.rows.len())
    }
}

/// Whole numbers without a point, others with two digits behind it.
fn figure(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number}") } else { format!("{number:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, value: f64, limit: Option<f64>) -> Measured {
        let row = Row { id, operation: "a raise", value, spread: 0.0, unit: "instructions", limit };
        Measured::from(row)
    }

    #[test]
    fn a_broken_limit_breaks_the_table() {
        assert!(Table::new(vec![row("a/b", 6.0, Some(6.0)), row("a/c", 1e9, None)]).is_kept());
        let broken = Table::new(vec![row("a/b", 6.5, Some(6.0)), row("a/c", 1.0, None)]);
        assert!(!broken.is_kept());
        assert!(broken.to_string().contains("BROKEN"));
        assert!(broken.to_string().contains("2 rows, 1 with a limit, 1 broken"));
    }

    #[test]
    fn json_holds_what_was_measured() {
        let json = Table::new(vec![row("a/b", 6.5, Some(6.0)), row("a/a", 2.0, None)]).json().unwrap();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read[0]["id"], "a/a");
        assert_eq!(read[0]["limit"], serde_json::Value::Null);
        assert_eq!(read[1]["value"], 6.5);
        assert_eq!(read[1]["linux"], serde_json::Value::Null);
    }

    #[test]
    fn runs_give_their_median_and_spread() {
        let row = Measured::of_runs("a/b", "o", "s", 2.0, vec![3.0, 1.0, 2.0]).unwrap();
        assert_eq!((row.value, row.spread), (2.0, 2.0));
        assert_eq!(Measured::of_runs("a/b", "o", "s", 2.0, vec![]), None);
    }
}

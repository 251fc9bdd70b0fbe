//! One row of a benchmark's result: `BENCH id|operation|value|spread|unit|limit`.
//!
//! `id` is `area/name`; `operation` says in words what one operation is; `value` and `spread` (largest minus smallest over
//! the runs) are in `unit`; `limit` is the most that `value` may be, or `-` where nothing is promised.

use core::fmt;

/// What each benchmark row begins with.
pub const PREFIX: &str = "BENCH ";

/// One measured figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// Area and name, `events/raise_unguarded`.
    pub id: &'a str,
    /// What one operation is.
    pub operation: &'a str,
    /// The figure, in `unit`.
    pub value: f64,
    /// Largest minus smallest over all runs, in `unit`.
    pub spread: f64,
    /// What is counted.
    pub unit: &'a str,
    /// The most that `value` may be.
    pub limit: Option<f64>,
}

/// A line that begins like a row and isn't one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRow<'a> {
    /// There are not six fields.
    FieldCount(usize),
    /// `id` isn't `area/name`.
    BadId(&'a str),
    /// A field that is to be a number, isn't.
    BadNumber(&'a str),
}

impl fmt::Display for BadRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount(count) => write!(f, "a row has 6 fields, not {count}"),
            Self::BadId(id) => write!(f, "`{id}` is no area/name"),
            Self::BadNumber(field) => write!(f, "`{field}` is no number"),
        }
    }
}

impl core::error::Error for BadRow<'_> {}

impl<'a> Row<'a> {
    /// Reads one line. `None` when it is no row at all.
    pub fn parse(line: &'a str) -> Option<Result<Self, BadRow<'a>>> {
        line.trim_end().strip_prefix(PREFIX).map(Self::from_fields)
    }

    fn from_fields(body: &'a str) -> Result<Self, BadRow<'a>> {
        let mut fields = [""; 6];
        let mut count = 0;
        for field in body.split('|') {
            if let Some(place) = fields.get_mut(count) {
                *place = field.trim();
            }
            count += 1;
        }
        if count != fields.len() {
            return Err(BadRow::FieldCount(count));
        }
        let [id, operation, value, spread, unit, limit] = fields;
        if !id.split_once('/').is_some_and(|(area, name)| !area.is_empty() && !name.is_empty()) {
            return Err(BadRow::BadId(id));
        }
        let limit = if limit == "-" { None } else { Some(number(limit)?) };
        Ok(Self { id, operation, value: number(value)?, spread: number(spread)?, unit, limit })
    }

    /// Whether the figure keeps its limit. Where there is none, it does.
    pub fn is_kept(&self) -> bool {
        self.limit.is_none_or(|limit| self.value <= limit)
    }
}

fn number(field: &str) -> Result<f64, BadRow<'_>> {
    field.parse().ok().filter(|number: &f64| number.is_finite()).ok_or(BadRow::BadNumber(field))
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, operation, value, spread, unit, limit } = self;
        write!(f, "{PREFIX}{id}|{operation}|{value}|{spread}|{unit}|")?;
        match limit {
            Some(limit) => write!(f, "{limit}"),
            None => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    const ROW: Row<'_> = Row {
        id: "events/raise_unguarded",
        operation: "raise with one handler, over a direct call",
        value: 5.0,
        spread: 0.0,
        unit: "instructions",
        limit: Some(6.0),
    };

    #[test]
    fn a_row_is_read_back_as_written() {
        assert_eq!(Row::parse(&ROW.to_string()), Some(Ok(ROW)));
        let unlimited = Row { limit: None, value: 5.5, ..ROW };
        assert_eq!(Row::parse(&unlimited.to_string()), Some(Ok(unlimited)));
    }

    #[test]
    fn a_limit_is_kept_up_to_its_own_value() {
        assert!(Row { value: 6.0, ..ROW }.is_kept());
        assert!(!Row { value: 6.01, ..ROW }.is_kept());
        assert!(Row { value: 1e9, limit: None, ..ROW }.is_kept());
    }

    #[test]
    fn damaged_rows_are_reported_and_not_overlooked() {
        assert_eq!(Row::parse("BENCH a/b|c|1|0|i"), Some(Err(BadRow::FieldCount(5))));
        assert_eq!(Row::parse("BENCH a/b|c|1|0|i|-|x"), Some(Err(BadRow::FieldCount(7))));
        assert_eq!(Row::parse("BENCH ab|c|1|0|i|-"), Some(Err(BadRow::BadId("ab"))));
        assert_eq!(Row::parse("BENCH a/b|c|NaN|0|i|-"), Some(Err(BadRow::BadNumber("NaN"))));
        assert_eq!(Row::parse("BENCH a/b|c|1||i|-"), Some(Err(BadRow::BadNumber(""))));
        assert_eq!(Row::parse("benches"), None);
    }
}

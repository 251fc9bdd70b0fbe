//! The marker lines of a test run: one per line, each beginning with [`PREFIX`].
//!
//! A run prints `plan` once, then for each test `start` and one of `pass`, `fail`, `skip`, and `done` at the end. Names
//! hold no space and no colon; a reason is the rest of the line.

use core::fmt;

/// What each marker line begins with. No other output does.
pub const PREFIX: &str = "#test ";

/// One line of a test run's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker<'a> {
    /// So many tests will report.
    Plan(usize),
    /// This test begins; what fails from here on is its doing.
    Start(&'a str),
    /// This test passed.
    Pass(&'a str),
    /// This test failed, and why.
    Fail(&'a str, &'a str),
    /// This test can't run on this machine, and why.
    Skip(&'a str, &'a str),
    /// All tests have reported; the kernel exits next.
    Done,
}

/// A line that begins like a marker and isn't one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed<'a> {
    /// The word behind the prefix is none of the known ones.
    UnknownWord(&'a str),
    /// The number of planned tests is none.
    BadCount(&'a str),
    /// A name is missing, or something stands where nothing may.
    BadName(&'a str),
}

impl fmt::Display for Malformed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownWord(word) => write!(f, "unknown marker `{word}`"),
            Self::BadCount(count) => write!(f, "planned count `{count}` is no number"),
            Self::BadName(name) => write!(f, "`{name}` is no test name"),
        }
    }
}

impl core::error::Error for Malformed<'_> {}

impl<'a> Marker<'a> {
    /// Reads one line. `None` when it is no marker line at all.
    pub fn parse(line: &'a str) -> Option<Result<Self, Malformed<'a>>> {
        let body = line.trim_end().strip_prefix(PREFIX)?;
        let (word, rest) = body.split_once(' ').unwrap_or((body, ""));
        Some(match word {
            "plan" => rest.parse().map(Self::Plan).map_err(|_| Malformed::BadCount(rest)),
            "start" => name(rest).map(Self::Start),
            "pass" => name(rest).map(Self::Pass),
            "fail" => named_reason(rest).map(|(name, why)| Self::Fail(name, why)),
            "skip" => named_reason(rest).map(|(name, why)| Self::Skip(name, why)),
            "done" if rest.is_empty() => Ok(Self::Done),
            _ => Err(Malformed::UnknownWord(body)),
        })
    }
}

fn name(text: &str) -> Result<&str, Malformed<'_>> {
    let is_name = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_name { Ok(text) } else { Err(Malformed::BadName(text)) }
}

fn named_reason(text: &str) -> Result<(&str, &str), Malformed<'_>> {
    let (first, why) = text.split_once(": ").unwrap_or((text, ""));
    Ok((name(first)?, why))
}

impl fmt::Display for Marker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        match self {
            Self::Plan(count) => write!(f, "plan {count}"),
            Self::Start(name) => write!(f, "start {name}"),
            Self::Pass(name) => write!(f, "pass {name}"),
            Self::Fail(name, why) => write!(f, "fail {name}: {why}"),
            Self::Skip(name, why) => write!(f, "skip {name}: {why}"),
            Self::Done => f.write_str("done"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn every_marker_is_read_back_as_written() {
        let all = [
            Marker::Plan(12),
            Marker::Start("cores::all_start"),
            Marker::Pass("cores::all_start"),
            Marker::Fail("gic::spi", "core 3: got 2, not 4"),
            Marker::Skip("gic::v3", "this is a v2"),
            Marker::Done,
        ];
        for marker in all {
            assert_eq!(Marker::parse(&marker.to_string()), Some(Ok(marker)));
        }
    }

    #[test]
    fn a_carriage_return_at_the_end_is_no_part_of_the_marker() {
        assert_eq!(Marker::parse("#test done\r"), Some(Ok(Marker::Done)));
        assert_eq!(Marker::parse("#test pass a\r\n"), Some(Ok(Marker::Pass("a"))));
    }

    #[test]
    fn other_lines_are_no_markers() {
        for line in ["", "hello", "# test plan 3", " #test plan 3", "spindle> #test done"] {
            assert_eq!(Marker::parse(line), None, "{line}");
        }
    }

    #[test]
    fn damaged_markers_are_reported_and_not_overlooked() {
        assert_eq!(Marker::parse("#test plan x"), Some(Err(Malformed::BadCount("x"))));
        assert_eq!(Marker::parse("#test plan -1"), Some(Err(Malformed::BadCount("-1"))));
        assert_eq!(Marker::parse("#test pass"), Some(Err(Malformed::BadName(""))));
        assert_eq!(Marker::parse("#test pass a b"), Some(Err(Malformed::BadName("a b"))));
        assert_eq!(Marker::parse("#test fail : why"), Some(Err(Malformed::BadName(""))));
        assert_eq!(Marker::parse("#test done now"), Some(Err(Malformed::UnknownWord("done now"))));
        assert_eq!(Marker::parse("#test pas#test s"), Some(Err(Malformed::UnknownWord("pas#test s"))));
    }
}

//! How many tests passed and failed over all steps, read from the closing lines that test programs print.

use std::time::Duration;

/// Counts of tests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
    /// Tests that weren't run because they say so.
    pub(crate) ignored: u64,
    /// Tests that the filter left out.
    pub(crate) filtered: u64,
}

impl Tally {
    /// Adds what a line says, if it is a closing line.
    pub(crate) fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        for part in counts.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(count), Some(word)) = (words.next(), words.next()) else { continue };
            let Ok(count) = count.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                "filtered" => self.filtered += count,
                _ => {}
            }
        }
    }

    /// The line that closes everything. Steps that failed without a failed test count as one each.
    pub(crate) fn closing_line(&self, failed_steps: usize, elapsed: Duration) -> String {
        let failed = self.failed.max(u64::try_from(failed_steps).unwrap_or(u64::MAX));
        let verdict = if failed == 0 { "ok" } else { "FAILED" };
        let Self { passed, ignored, filtered, .. } = self;
        let seconds = elapsed.as_secs_f64();
        format!(
            "test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; \
             {filtered} filtered out; finished in {seconds:.2}s"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "test result: ok. 43 passed; 0 failed; 1 ignored; 0 measured; 5 filtered out; finished in 1.63s";

    #[test]
    fn closing_lines_are_added_up() {
        let mut tally = Tally::default();
        tally.read(LINE);
        tally.read("running 43 tests");
        tally.read("test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s");
        assert_eq!(tally, Tally { passed: 45, failed: 3, ignored: 1, filtered: 5 });
    }

    #[test]
    fn its_own_closing_line_is_one() {
        let tally = Tally { passed: 45, failed: 3, ignored: 1, filtered: 5 };
        let mut read = Tally::default();
        read.read(&tally.closing_line(1, Duration::from_secs(2)));
        assert_eq!(read, tally);
    }

    #[test]
    fn a_step_that_failed_without_a_test_is_no_success() {
        let line = Tally::default().closing_line(1, Duration::ZERO);
        assert!(line.starts_with("test result: FAILED. 0 passed; 1 failed;"), "{line}");
    }
}

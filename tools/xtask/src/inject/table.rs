//! Table: how many runs of each class ended how, and how many of the faults that showed were contained.

use std::fmt;

use super::plan::Class;
use super::verdict::Verdict;

/// The least part of the faults that showed which has to be contained, in percent.
pub(crate) const LEAST_PERCENT: u64 = 95;

/// Counts of verdicts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    counts: [[u64; Verdict::NAMES.len()]; Class::ALL.len()],
}

impl Table {
    /// Counts a run.
    pub(crate) fn count(&mut self, class: Class, verdict: &Verdict) {
        self.counts[class as usize][verdict.index()] += 1;
    }

    /// Whether enough was contained.
    pub(crate) fn is_enough(&self) -> bool {
        let (contained, shown) = shown(&self.sum());
        100 * contained >= LEAST_PERCENT * shown
    }

    fn sum(&self) -> [u64; Verdict::NAMES.len()] {
        let mut sum = [0; Verdict::NAMES.len()];
        for (at, count) in self.counts.iter().flat_map(|row| row.iter().enumerate()) {
            sum[at] += count;
        }
        sum
    }
}

/// How many were contained, and how many showed at all.
fn shown(row: &[u64; Verdict::NAMES.len()]) -> (u64, u64) {
    (row[1], row[1..].iter().sum())
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7}{:>6}", "class", "runs")?;
        Verdict::NAMES.iter().try_for_each(|name| write!(f, "{name:>16}"))?;
        writeln!(f, "{:>24}", "contained, if it showed")?;
        let rows = Class::ALL.iter().map(|class| (class.to_string(), self.counts[*class as usize]));
        for (name, row) in rows.chain([("all".to_owned(), self.sum())]) {
            write!(f, "{name:<7}{:>6}", row.iter().sum::<u64>())?;
            row.iter().try_for_each(|count| write!(f, "{count:>16}"))?;
            let (contained, shown) = shown(&row);
            match (100 * contained).checked_div(shown) {
                Some(percent) => writeln!(f, "{:>24}", format!("{percent} %"))?,
                None => writeln!(f, "{:>24}", "-")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(contained: usize, lost: usize) -> Table {
        let mut table = Table::default();
        table.count(Class::Data, &Verdict::NoEffect);
        (0..contained).for_each(|_| table.count(Class::Text, &Verdict::Contained { seen: String::new() }));
        (0..lost).for_each(|_| table.count(Class::Stack, &Verdict::Lost { how: String::new() }));
        table
    }

    #[test]
    fn of_those_that_showed_nineteen_of_twenty_are_enough() {
        assert!(table(0, 0).is_enough());
        assert!(table(19, 1).is_enough());
        assert!(!table(18, 1).is_enough());
        assert!(!table(0, 1).is_enough());
    }

    #[test]
    fn each_class_has_a_row_and_so_have_all() {
        let shown = table(3, 1).to_string();
        let row = |name: &str| shown.lines().find(|line| line.starts_with(name)).expect("a row").to_owned();
        assert!(row("text").ends_with("100 %"), "{shown}");
        assert!(row("data").ends_with('-'), "{shown}");
        assert!(row("stack").ends_with(" 0 %"), "{shown}");
        assert!(row("all").ends_with("75 %"), "{shown}");
    }
}

//! Table: rows of words, in columns.

use alloc::string::String;
use alloc::vec::Vec;

/// Between two columns.
const GAP: usize = 2;

/// Rows whose cells are aligned when written down.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: alloc::vec![headings.iter().map(|heading| (*heading).into()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text. Columns of numbers stand to the right, others to the left.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let widths: Vec<usize> = (0..columns)
            .map(|column| cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0))
            .collect();
        // A dash stands for a number that there is not.
        let is_number = |cell: &String| {
            *cell == "-" || (!cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let right: Vec<bool> = (0..columns).map(|column| cells(column).skip(1).all(is_number)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let pad = widths[column] - cell.chars().count();
                let (before, after) = if right[column] { (pad, 0) } else { (0, pad) };
                line.extend(core::iter::repeat_n(' ', before));
                line.push_str(cell);
                line.extend(core::iter::repeat_n(' ', after + GAP));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let mut table = Table::new(&["core", "state", "posts"]);
        table.row(["0", "online", "12345678"].map(Into::into));
        table.row(["10", "failed", "9"].map(Into::into));
        let expected = "core  state      posts\n   0  online  12345678\n  10  failed         9\n";
        assert_eq!(table.text(), expected);
    }
}

//! Names out of a string table: printable, and not so many or long that reading them takes for ever.
//!
//! Names may share bytes, so a small table can hold many long ones; the bytes that are read are counted.
//!
//! Source: System V gABI, chapter 4 "String Table".

/// Longest name, in bytes. A name that `rustc` mangles has some hundreds, seldom thousands.
pub(crate) const MAX_NAME_BYTES: usize = 1 << 15;

/// Most bytes of names that are read from one table.
const MAX_NAMES_BYTES: usize = 1 << 23;

/// A string table that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Names<'o> {
    table: &'o [u8],
    left: usize,
}

impl<'o> Names<'o> {
    pub(crate) fn new(table: &'o [u8]) -> Self {
        Self { table, left: MAX_NAMES_BYTES }
    }

    /// The name at `offset`: without spaces and control characters, because it may be printed on a console.
    pub(crate) fn get(&mut self, offset: u32) -> Option<&'o str> {
        let rest = self.table.get(offset as usize..)?;
        let limit = rest.len().min(MAX_NAME_BYTES + 1).min(self.left);
        let length = rest.get(..limit)?.iter().position(|byte| !byte.is_ascii_graphic())?;
        self.left -= length + 1;
        let (name, tail) = rest.split_at_checked(length)?;
        if tail.first() == Some(&0) { core::str::from_utf8(name).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAME_BYTES, MAX_NAMES_BYTES, Names};
    use alloc::vec;

    #[test]
    fn a_name_ends_with_a_zero() {
        let mut names = Names::new(b"\0one\0two");
        assert_eq!((names.get(0), names.get(1), names.get(2)), (Some(""), Some("one"), Some("ne")));
        assert_eq!((names.get(5), names.get(8), names.get(u32::MAX)), (None, None, None));
    }

    #[test]
    fn a_name_is_printable() {
        let mut names = Names::new(b"a b\0a\x1b[H\0\xc3\xa4\0");
        assert_eq!((names.get(0), names.get(4), names.get(9)), (None, None, None));
    }

    #[test]
    fn a_name_has_so_many_bytes_and_no_more() {
        let mut table = vec![b'x'; MAX_NAME_BYTES + 1];
        table.push(0);
        let mut names = Names::new(&table);
        assert_eq!(names.get(0), None);
        assert_eq!(names.get(1).map(str::len), Some(MAX_NAME_BYTES));
    }

    #[test]
    fn reading_names_ends() {
        let mut table = vec![b'x'; MAX_NAME_BYTES];
        table.push(0);
        let mut names = Names::new(&table);
        let read = (0..1000).filter(|_| names.get(0).is_some()).count();
        assert_eq!(read, MAX_NAMES_BYTES / (MAX_NAME_BYTES + 1));
    }
}

//! Function names for backtraces: the table `.knames`, as the build appends it to the image.
//!
//! Layout, all little-endian: base address `u64`, count `u32`, reserved `u32`; then `count` entries { offset of the function
//! from the base `u32`, offset of its name in the texts `u32` }, sorted by the first; then the texts, each { length `u16`, that
//! many bytes of UTF-8 }. Names are stored demangled: the kernel does not spend code on that.
//!
//! It is read while a panic is reported, so nothing in here may panic: a damaged or missing table gives no names.

/// Bytes before the first entry.
const HEADER_BYTES: usize = 16;
/// Bytes of one entry.
const ENTRY_BYTES: usize = 8;

/// A view of the table of function names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    base: u64,
    entries: &'a [u8],
    texts: &'a [u8],
}

impl<'a> Names<'a> {
    /// A view of `table`; none if it is shorter than it says.
    #[must_use]
    pub(crate) fn new(table: &'a [u8]) -> Option<Self> {
        let base = u64::from_le_bytes(*table.first_chunk()?);
        let count = usize::try_from(word(table, 8)?).ok()?;
        let (entries, texts) =
            table.get(HEADER_BYTES..)?.split_at_checked(count.checked_mul(ENTRY_BYTES)?)?;
        Some(Self { base, entries, texts })
    }

    /// The function that `address` lies in, as far as the table knows: the last one that begins at or before it, with the
    /// distance in bytes from its beginning.
    #[must_use]
    pub(crate) fn at(&self, address: usize) -> Option<(&'a str, usize)> {
        let offset = u32::try_from((address as u64).checked_sub(self.base)?).ok()?;
        let (mut low, mut high) = (0, self.entries.len() / ENTRY_BYTES);
        while low < high {
            let middle = low.midpoint(high);
            if word(self.entries, middle * ENTRY_BYTES)? <= offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let entry = low.checked_sub(1)? * ENTRY_BYTES;
        let distance = offset - word(self.entries, entry)?;
        Some((self.text(word(self.entries, entry + 4)?)?, usize::try_from(distance).ok()?))
    }

    /// The text that begins `offset` bytes into the texts.
    fn text(&self, offset: u32) -> Option<&'a str> {
        let text = self.texts.get(usize::try_from(offset).ok()?..)?;
        let (length, text) = text.split_first_chunk()?;
        core::str::from_utf8(text.get(..usize::from(u16::from_le_bytes(*length)))?).ok()
    }
}

/// The `u32` at `offset` of `bytes`.
fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::Names;
    use alloc::vec::Vec;

    const BASE: usize = 0x1000_0000;

    fn table(functions: &[(u32, &str)]) -> Vec<u8> {
        let mut bytes = (BASE as u64).to_le_bytes().to_vec();
        bytes.extend(u32::try_from(functions.len()).expect("few").to_le_bytes());
        bytes.extend([0; 4]);
        let mut texts = Vec::new();
        for (offset, name) in functions {
            bytes.extend(offset.to_le_bytes());
            bytes.extend(u32::try_from(texts.len()).expect("few").to_le_bytes());
            texts.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
            texts.extend(name.bytes());
        }
        bytes.extend(texts);
        bytes
    }

    #[test]
    fn an_address_belongs_to_the_last_function_that_begins_before_it() {
        let bytes = table(&[(0x10, "boot"), (0x40, "spincore::start"), (0x44, "last")]);
        let names = Names::new(&bytes).expect("whole");
        assert_eq!(names.at(BASE + 0x0f), None);
        assert_eq!(names.at(BASE - 1), None);
        assert_eq!(names.at(BASE + 0x10), Some(("boot", 0)));
        assert_eq!(names.at(BASE + 0x3f), Some(("boot", 0x2f)));
        assert_eq!(names.at(BASE + 0x40), Some(("spincore::start", 0)));
        assert_eq!(names.at(BASE + 0x1000), Some(("last", 0xfbc)));
        assert_eq!(names.at(usize::MAX), None);
    }

    #[test]
    fn a_missing_or_damaged_table_gives_no_names_and_never_panics() {
        assert!(Names::new(&[]).is_none());
        assert_eq!(Names::new(&table(&[])).expect("whole").at(BASE + 1), None);
        let bytes = table(&[(0x10, "boot"), (0x40, "start")]);
        for end in 0..bytes.len() {
            if let Some(names) = Names::new(&bytes[..end]) {
                assert_ne!(names.at(BASE + 0x40), Some(("start", 0)));
            }
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            if let Some(names) = Names::new(&damaged) {
                let _ = names.at(BASE + 0x10);
            }
        }
    }
}

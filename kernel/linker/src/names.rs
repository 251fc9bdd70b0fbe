//! Function names for backtraces: the table `.knames`, as the build puts it into the image, and `.ext.names` of an extension.
//!
//! All numbers are little-endian:
//!
//! | bytes          | content                                                                              |
//! |----------------|--------------------------------------------------------------------------------------|
//! | 8              | base address                                                                         |
//! | 4, 4           | how many entries; 0                                                                  |
//! | 256            | what the bytes 128 to 255 of a text stand for: two bytes each                        |
//! | 8 each         | offset of a function from the base, place of its name in the texts; by rising offset |
//! | the rest       | texts: length (1 byte), that many bytes                                              |
//!
//! Names are stored demangled: the kernel does not spend code on that. They are packed: a byte below 128 stands for itself, each other
//! one for a pair of bytes (P. Gage, A New Algorithm for Data Compression, C Users Journal 1994).
//!
//! It is read while a panic is reported, so nothing in here may panic, wait or allocate: a damaged or missing table gives no names, or wrong
//! ones, none of which is longer than 160 characters. An extension's is checked when it is loaded ([`Names::check`]).

mod error;
mod writer;

pub use error::NamesError;
pub use writer::names_table;

use core::fmt;

/// Bytes before the pairs.
const HEADER_BYTES: usize = 16;
/// Bytes of one entry.
const ENTRY_BYTES: usize = 8;
/// The first byte that stands for a pair.
const FIRST_PAIR: u8 = 128;
/// How many of them there are.
const PAIRS: usize = 128;
/// How deep pairs of pairs go.
const DEEPEST: u32 = 12;

/// Longest name that is shown, in characters. What a writer makes is shorter.
const MOST_SHOWN: usize = 160;

type Pairs = [[u8; 2]; PAIRS];

/// A view of the table of function names.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    base: u64,
    pairs: &'a Pairs,
    entries: &'a [u8],
    texts: &'a [u8],
}

/// A function's name.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    pairs: &'a Pairs,
    packed: &'a [u8],
}

impl<'a> Names<'a> {
    /// A view of `table`; none if it is shorter than it says.
    #[must_use]
    pub fn new(table: &'a [u8]) -> Option<Self> {
        let base = u64::from_le_bytes(*table.first_chunk()?);
        let count = usize::try_from(word(table, 8)?).ok()?;
        let (pairs, rest) = table.get(HEADER_BYTES..)?.split_at_checked(2 * PAIRS)?;
        let (pairs, _) = pairs.as_chunks();
        let (entries, texts) = rest.split_at_checked(count.checked_mul(ENTRY_BYTES)?)?;
        Some(Self { base, pairs: pairs.first_chunk()?, entries, texts })
    }

    /// The function that `address` lies in, as far as the table knows: the last one that begins at or before it, with the
    /// distance in bytes from its beginning.
    #[must_use]
    pub fn at(&self, address: usize) -> Option<(Name<'a>, usize)> {
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
        Some((self.name(word(self.entries, entry + 4)?)?, usize::try_from(distance).ok()?))
    }

    /// Whether `table` is whole: functions by rising offset, each with a name.
    ///
    /// # Errors
    /// [`NamesError`].
    pub fn check(table: &'a [u8]) -> Result<Self, NamesError> {
        let names = Self::new(table).ok_or(NamesError::Short { bytes: table.len() })?;
        let mut least = 0;
        for entry in 0..names.entries.len() / ENTRY_BYTES {
            let at = entry * ENTRY_BYTES;
            let offset = word(names.entries, at).map(u64::from).filter(|offset| *offset >= least);
            least = offset.ok_or(NamesError::NotRising { entry })? + 1;
            let place = word(names.entries, at + 4).and_then(|place| names.name(place));
            place.ok_or(NamesError::NoName { entry })?;
        }
        Ok(names)
    }

    /// The name that begins `offset` bytes into the texts.
    fn name(&self, offset: u32) -> Option<Name<'a>> {
        let (length, text) = self.texts.get(usize::try_from(offset).ok()?..)?.split_first()?;
        Some(Name { pairs: self.pairs, packed: text.get(..usize::from(*length))? })
    }
}

impl Name<'_> {
    /// Writes what `byte` stands for, as long as `left` says that there may be more. Deeper than any writer goes there is nothing.
    fn write(&self, byte: u8, depth: u32, left: &mut usize, out: &mut dyn fmt::Write) -> fmt::Result {
        match self.pairs.get(usize::from(byte.wrapping_sub(FIRST_PAIR))) {
            _ if *left == 0 => Ok(()),
            Some([first, second]) if byte >= FIRST_PAIR && depth <= DEEPEST => {
                self.write(*first, depth + 1, left, out)?;
                self.write(*second, depth + 1, left, out)
            }
            Some(_) if byte >= FIRST_PAIR => Ok(()),
            _ => {
                *left -= 1;
                out.write_char(char::from(byte))
            }
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = MOST_SHOWN;
        self.packed.iter().try_for_each(|byte| self.write(*byte, 0, &mut left, out))
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The `u32` at `offset` of `bytes`.
fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::{MOST_SHOWN, Names, NamesError, names_table};
    use alloc::collections::BTreeMap;
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const BASE: usize = 0x1000_0000;

    fn table(functions: &[(u32, &str)]) -> Vec<u8> {
        let functions = functions.iter().map(|(offset, name)| (*offset, (*name).into())).collect();
        names_table(BASE as u64, &functions)
    }

    fn at(names: &Names<'_>, address: usize) -> Option<(String, usize)> {
        names.at(address).map(|(name, distance)| (name.to_string(), distance))
    }

    #[test]
    fn an_address_belongs_to_the_last_function_that_begins_before_it() {
        let bytes = table(&[(0x10, "boot"), (0x40, "spincore::start"), (0x44, "last")]);
        let names = Names::new(&bytes).expect("whole");
        let found = |offset: usize| at(&names, BASE + offset);
        assert_eq!((found(0x0f), at(&names, BASE - 1), at(&names, usize::MAX)), (None, None, None));
        assert_eq!(found(0x10), Some(("boot".into(), 0)));
        assert_eq!(found(0x3f), Some(("boot".into(), 0x2f)));
        assert_eq!(found(0x40), Some(("spincore::start".into(), 0)));
        assert_eq!(found(0x1000), Some(("last".into(), 0xfbc)));
    }

    #[test]
    fn what_comes_often_is_short() {
        let many: BTreeMap<u32, String> =
            (0..500).map(|at| (at * 4, format!("<alloc::vec::Vec<u{at}>>::push"))).collect();
        let bytes = names_table(0, &many);
        assert!(bytes.len() < 500 * (8 + 9), "{}", bytes.len());
        let names = Names::new(&bytes).expect("whole");
        assert_eq!(at(&names, 499 * 4), Some(("<alloc::vec::Vec<u499>>::push".into(), 0)));
    }

    #[test]
    fn a_missing_or_damaged_table_never_panics() {
        assert!(Names::new(&[]).is_none());
        assert!(Names::new(&table(&[])).expect("whole").at(BASE + 1).is_none());
        let bytes = table(&[(0x10, "boot"), (0x40, "boot start boot start boot start")]);
        for end in 0..bytes.len() {
            if let Some(names) = Names::new(&bytes[..end]) {
                let _ = at(&names, BASE + 0x40);
            }
        }
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0xff;
            if let Some(names) = Names::new(&damaged) {
                let _ = (at(&names, BASE + 0x10), at(&names, BASE + 0x40));
            }
        }
    }

    #[test]
    fn a_damaged_table_is_told_from_a_whole_one() {
        let bytes = table(&[(0x10, "boot"), (0x40, "start")]);
        assert!(Names::check(&bytes).is_ok());
        for end in 0..bytes.len() {
            assert!(Names::check(&bytes[..end]).is_err(), "{end}");
        }
        let with = |place: usize, byte: u8| {
            let mut damaged = bytes.clone();
            damaged[place] = byte;
            Names::check(&damaged).map(|_| ())
        };
        assert_eq!(with(8, 200), Err(NamesError::Short { bytes: bytes.len() }));
        assert_eq!(with(272 + 8, 0x10), Err(NamesError::NotRising { entry: 1 }));
        assert_eq!(with(272 + 7, 1), Err(NamesError::NoName { entry: 0 }));
    }

    #[test]
    fn no_name_is_shown_longer_than_it_may_be() {
        let mut bytes = table(&[(0, &"boot ".repeat(20))]);
        // Each of the pairs stands for the two before it.
        for pair in 0..128_u8 {
            let below = if pair == 0 { b'a' } else { 127 + pair };
            bytes[16 + 2 * usize::from(pair)..][..2].copy_from_slice(&[below, below]);
        }
        for byte in bytes.iter_mut().skip(272 + 8 + 1) {
            *byte = 128 + 11;
        }
        assert_eq!(at(&Names::new(&bytes).expect("whole"), BASE).expect("a name").0.len(), MOST_SHOWN);
    }

    proptest! {
        #[test]
        fn every_name_is_read_as_it_was_written(names in prop::collection::btree_map(0_u32..5000, "[a-c:<>]{0,90}", 0..40)) {
            let bytes = names_table(BASE as u64, &names);
            let read = Names::new(&bytes).expect("whole");
            for (offset, name) in &names {
                prop_assert_eq!(at(&read, BASE + *offset as usize), Some((name.clone(), 0)));
            }
        }

        #[test]
        fn pairs_that_stand_for_themselves_come_to_an_end(pairs in prop::collection::vec(any::<u8>(), 256..=256)) {
            let mut bytes = table(&[(0, "boot boot boot")]);
            bytes[16..272].copy_from_slice(&pairs);
            let _ = at(&Names::new(&bytes).expect("whole"), BASE);
        }
    }
}

//! What the build makes the table of function names with.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{DEEPEST, FIRST_PAIR, HEADER_BYTES, PAIRS, Pairs};

/// How often a pair has to come so that a byte is given to it.
const WORTH: u32 = 3;
/// What stands for a character that is none of ASCII's.
const STRANGE: u8 = b'?';
/// Longest packed name.
const LONGEST: usize = 255;

/// The table for functions whose offsets from `base` and names are given. What is too long is cut.
#[must_use]
pub fn names_table(base: u64, functions: &BTreeMap<u32, String>) -> Vec<u8> {
    let mut texts: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for name in functions.values() {
        let ascii = |letter: char| u8::try_from(letter).ok().filter(u8::is_ascii).unwrap_or(STRANGE);
        texts.entry(name).or_insert_with(|| name.chars().map(ascii).collect());
    }
    let pairs = pack(&mut texts);
    let mut table = Vec::with_capacity(HEADER_BYTES);
    table.extend(base.to_le_bytes());
    table.extend((functions.len() as u32).to_le_bytes());
    table.extend([0; 4]);
    table.extend(pairs.as_flattened());
    let (mut packed, mut places) = (Vec::new(), BTreeMap::new());
    for (name, text) in &texts {
        places.insert(*name, packed.len() as u32);
        let text = &text[..text.len().min(LONGEST)];
        packed.push(text.len() as u8);
        packed.extend(text);
    }
    for (offset, name) in functions {
        table.extend(offset.to_le_bytes());
        table.extend(places.get(&**name).unwrap_or(&0).to_le_bytes());
    }
    table.extend(packed);
    table
}

/// Puts a byte in the place of the pair that comes most often, again and again; says which stands for what.
fn pack(texts: &mut BTreeMap<&str, Vec<u8>>) -> Pairs {
    let mut pairs = [[0; 2]; PAIRS];
    let mut depths = [0_u32; 256];
    for (code, place) in (FIRST_PAIR..=u8::MAX).zip(&mut pairs) {
        let mut counts = vec![0_u32; 1 << 16];
        for text in texts.values() {
            for pair in text.windows(2) {
                counts[usize::from(pair[0]) << 8 | usize::from(pair[1])] += 1;
            }
        }
        let depth = |index: usize| 1 + depths[index >> 8].max(depths[index & 0xff]);
        // The first of those that come equally often, so that the same names always give the same table.
        let candidates = (0..counts.len()).filter(|index| depth(*index) < DEEPEST);
        let Some(best) = candidates.max_by_key(|index| (counts[*index], counts.len() - index)) else { break };
        if counts[best] < WORTH {
            break;
        }
        *place = [(best >> 8) as u8, best as u8];
        depths[usize::from(code)] = depth(best);
        texts.values_mut().for_each(|text| replace(text, *place, code));
    }
    pairs
}

fn replace(text: &mut Vec<u8>, pair: [u8; 2], code: u8) {
    let mut rest = core::mem::take(text).into_iter().peekable();
    while let Some(byte) = rest.next() {
        let is_pair = byte == pair[0] && rest.next_if_eq(&pair[1]).is_some();
        text.push(if is_pair { code } else { byte });
    }
}

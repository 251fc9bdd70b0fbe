//! The keys that a kernel knows: those whose signatures it trusts, and those that were revoked.
//!
//! ```text
//! offset  size  what                    64 bytes for each key, one behind the other
//!      0    32  public key
//!     32     1  1: trusted, 2: revoked; any other value is neither
//!     33     1  length of the name
//!     34    30  name, zeros behind it
//! ```
//!
//! A key that stands there twice is revoked if one of the two says so. Does not know where the table lies.

use core::fmt;

use crate::signature::PublicKey;

/// Bytes of one key in the table.
pub const ENTRY_BYTES: usize = 64;

/// Longest name of a key, in bytes.
pub const MAX_NAME_BYTES: usize = ENTRY_BYTES - NAME_AT;

const STATE_AT: usize = 32;
const LENGTH_AT: usize = 33;
const NAME_AT: usize = 34;

const TRUSTED: u8 = 1;
const REVOKED: u8 = 2;

/// The table, as bytes.
#[derive(Clone, Copy, Debug)]
pub struct KnownKeys<'t>(&'t [[u8; ENTRY_BYTES]]);

/// One key of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKey<'t> {
    /// Its name.
    pub name: &'t str,
    /// Whether it was trusted once and isn't any more.
    pub is_revoked: bool,
}

impl<'t> KnownKeys<'t> {
    /// The table in `bytes`. What is behind the last whole key is ignored.
    #[must_use]
    pub fn new(bytes: &'t [u8]) -> Self {
        Self(bytes.as_chunks().0)
    }

    /// What is known of `key`.
    #[must_use]
    pub fn find(&self, key: &PublicKey) -> Option<KnownKey<'t>> {
        let mut found = self.0.iter().filter(|entry| entry.starts_with(key)).filter_map(decoded);
        let first = found.next()?;
        Some(found.find(|other| other.is_revoked && !first.is_revoked).unwrap_or(first))
    }
}

fn decoded(entry: &[u8; ENTRY_BYTES]) -> Option<KnownKey<'_>> {
    let is_revoked = match *entry.get(STATE_AT)? {
        TRUSTED => false,
        REVOKED => true,
        _ => return None,
    };
    let end = NAME_AT + usize::from(*entry.get(LENGTH_AT)?);
    let name = entry.get(NAME_AT..end).and_then(|name| core::str::from_utf8(name).ok());
    Some(KnownKey { name: name.unwrap_or_default(), is_revoked })
}

/// The entry of a key.
///
/// # Errors
/// [`NameTooLong`].
pub fn encode(key: &PublicKey, name: &str, is_revoked: bool) -> Result<[u8; ENTRY_BYTES], NameTooLong> {
    let too_long = NameTooLong { bytes: name.len() };
    let length = u8::try_from(name.len()).map_err(|_| too_long.clone())?;
    let mut entry = [0; ENTRY_BYTES];
    let (head, place) = entry.split_at_mut(NAME_AT);
    place.get_mut(..name.len()).ok_or(too_long)?.copy_from_slice(name.as_bytes());
    let state = if is_revoked { REVOKED } else { TRUSTED };
    head.iter_mut().zip(key.iter().copied().chain([state, length])).for_each(|(to, from)| *to = from);
    Ok(entry)
}

/// A key's name doesn't fit into the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTooLong {
    /// Its length.
    pub bytes: usize,
}

impl fmt::Display for NameTooLong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a key's name of {} bytes is longer than {MAX_NAME_BYTES}", self.bytes)
    }
}

impl core::error::Error for NameTooLong {}

#[cfg(test)]
mod tests {
    use super::{KnownKey, KnownKeys, MAX_NAME_BYTES, NameTooLong, encode};
    use alloc::vec::Vec;

    fn table(keys: &[(u8, &str, bool)]) -> Vec<u8> {
        let entry = |(byte, name, is_revoked): &(u8, &str, bool)| encode(&[*byte; 32], name, *is_revoked);
        keys.iter().flat_map(|key| entry(key).expect("a short name")).collect()
    }

    #[test]
    fn each_key_is_found_with_its_name_and_state() {
        let bytes = table(&[(1, "one", false), (2, "", true)]);
        let keys = KnownKeys::new(&bytes);
        assert_eq!(keys.find(&[1; 32]), Some(KnownKey { name: "one", is_revoked: false }));
        assert_eq!(keys.find(&[2; 32]), Some(KnownKey { name: "", is_revoked: true }));
        assert_eq!(keys.find(&[3; 32]), None);
    }

    #[test]
    fn a_key_that_is_trusted_and_revoked_is_revoked() {
        for order in [[(1, "a", false), (1, "b", true)], [(1, "b", true), (1, "a", false)]] {
            let bytes = table(&order);
            assert_eq!(KnownKeys::new(&bytes).find(&[1; 32]), Some(KnownKey { name: "b", is_revoked: true }));
        }
    }

    #[test]
    fn a_damaged_entry_is_no_trust() {
        let mut bytes = table(&[(1, "one", false)]);
        bytes[32] = 7;
        assert_eq!(KnownKeys::new(&bytes).find(&[1; 32]), None);
        bytes[32] = 1;
        assert_eq!(KnownKeys::new(&bytes[..63]).find(&[1; 32]), None);
        bytes[33] = 200;
        assert_eq!(KnownKeys::new(&bytes).find(&[1; 32]), Some(KnownKey { name: "", is_revoked: false }));
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        let longest = "n".repeat(MAX_NAME_BYTES);
        let bytes = encode(&[1; 32], &longest, false).expect("fits");
        assert_eq!(KnownKeys::new(&bytes).find(&[1; 32]).map(|key| key.name), Some(&*longest));
        for bytes in [MAX_NAME_BYTES + 1, 300] {
            assert_eq!(encode(&[1; 32], &"n".repeat(bytes), false), Err(NameTooLong { bytes }));
        }
    }
}

//! Names of accounts: short, and without the heap.

use core::fmt;
use core::str::FromStr;

use crate::OpenError;

/// Longest name of an account, in bytes.
pub const LONGEST_NAME: usize = 24;

/// Name of an account: small letters, digits and `-`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name {
    length: u8,
    bytes: [u8; LONGEST_NAME],
}

impl Name {
    pub(crate) const EMPTY: Self = Self { length: 0, bytes: [0; LONGEST_NAME] };

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        // All of them are ASCII, or `from_str` had refused them.
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl FromStr for Name {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || !text.bytes().all(is_plain) {
            return Err(OpenError::BadName);
        }
        let mut name = Self::EMPTY;
        let place = name.bytes.get_mut(..text.len()).ok_or(OpenError::LongName { bytes: text.len() })?;
        place.copy_from_slice(text.as_bytes());
        name.length = u8::try_from(text.len()).map_err(|_| OpenError::LongName { bytes: text.len() })?;
        Ok(name)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

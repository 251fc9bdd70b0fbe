//! Digests: what an interface crate looked like to a compiler.
//!
//! A [`Digest`] is the SHA-256 of the `.rmeta` file that an extension was compiled against. It is compared and printed
//! here, never computed: the host tool takes it from the files it hands to the compiler.

use core::fmt;

/// SHA-256 of an interface crate's `.rmeta` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; Digest::BYTES]);

impl Digest {
    /// Length of a digest.
    pub const BYTES: usize = 32;

    /// Stands for a crate whose identity the compiler's version already fixes (`core`, `alloc`).
    pub const NONE: Self = Self([0; Self::BYTES]);

    /// Whether there is a digest to compare.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

/// Prints the first eight bytes, enough to tell two builds apart; `{:#}` prints all.
impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(out)
    }
}

/// Bytes in hexadecimal: the first eight and two dots, or all with `{:#}`.
pub(crate) struct Hex<'b>(pub(crate) &'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHORT: usize = 8;
        let shown = if out.alternate() { self.0.len() } else { SHORT };
        for byte in self.0.iter().take(shown) {
            write!(out, "{byte:02x}")?;
        }
        if shown < self.0.len() { out.write_str("..") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;
    use alloc::{format, string::ToString};

    #[test]
    fn prints_short_and_long() {
        let digest = Digest([0xab; 32]);
        assert_eq!(digest.to_string(), "abababababababab..");
        assert_eq!(format!("{digest:#}"), "ab".repeat(32));
    }

    #[test]
    fn only_zeros_are_no_digest() {
        assert!(Digest::NONE.is_none());
        let mut bytes = [0; 32];
        bytes[31] = 1;
        assert!(!Digest(bytes).is_none());
    }
}

//! SHA-256 digests, as the interface tables of kernel and extensions carry them.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::Digest as _;

/// A SHA-256 digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest of a file's content.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn of_file(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        Ok(Self::of(&bytes))
    }

    /// The digest that `text`, 64 hexadecimal digits, stands for.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self> {
        from_hex(text).map(Self).with_context(|| format!("`{text}` is no digest"))
    }
}

impl From<Digest> for spindle_linker::Digest {
    fn from(digest: Digest) -> Self {
        Self(digest.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// The 32 bytes that 64 hexadecimal digits stand for.
///
/// # Errors
/// When `text` is anything else; the error doesn't repeat it, for it may be a secret.
pub fn from_hex(text: &str) -> Result<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .filter_map(|digit| digit.try_into().ok())
        .collect();
    if text.len() != 64 || digits.len() != 64 {
        bail!("not 64 hexadecimal digits");
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn text_and_digest_are_each_others_inverse() {
        // FIPS 180-4, the example "abc".
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), text);
        assert_eq!(Digest::parse(text).expect("sound"), Digest::of(b"abc"));
        assert!(Digest::parse(&text[1..]).is_err());
        assert!(Digest::parse(&text.replace('b', "é")).is_err());
    }
}

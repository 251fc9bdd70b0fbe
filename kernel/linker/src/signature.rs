//! The signed file: magic, signature, header, payload.
//!
//! ```text
//! offset  size  what
//!      0     8  magic, `SPINDLE` and 1
//!      8    64  Ed25519 signature (RFC 8032) of everything from offset 72 on
//!     72     4  format, 1            (all numbers little-endian)
//!     76     4  reserved, 0
//!     80     8  length of the payload in bytes
//!     88    32  public key
//!    120     -  payload: a relocatable ELF object; the file ends with it
//! ```
//!
//! [`verify`] is the kernel's side, [`assemble`] the host tool's. Neither knows what the payload means. The private key is
//! never seen here: the tool passes a closure that signs.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::digest::Hex;
use crate::keys::KnownKeys;

/// First bytes of every signed file.
pub const MAGIC: [u8; 8] = *b"SPINDLE\x01";

/// The only format there is.
pub const FORMAT: u32 = 1;

/// Where the signed part begins.
pub const SIGNED_OFFSET: usize = MAGIC.len() + SIGNATURE_BYTES;

/// Where the payload begins.
pub const PAYLOAD_OFFSET: usize = SIGNED_OFFSET + HEADER_BYTES;

/// Longest file that is looked at.
pub const MAX_FILE_BYTES: usize = 16 << 20;

/// Length of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A public key as it stands in the file and in the kernel's list of trusted keys.
pub type PublicKey = [u8; 32];

/// Format, reserved, payload length, public key.
const HEADER_BYTES: usize = 4 + 4 + 8 + 32;

/// A payload whose signature was found good.
///
/// Only [`verify`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'f> {
    payload: &'f [u8],
    key: &'f PublicKey,
}

impl<'f> Verified<'f> {
    /// The signed object.
    #[must_use]
    pub fn payload(&self) -> &'f [u8] {
        self.payload
    }

    /// The key that signed it.
    #[must_use]
    pub fn key(&self) -> &'f PublicKey {
        self.key
    }
}

/// Checks that `file` is whole and signed by one of `known` that is trusted.
///
/// # Errors
/// [`FileError`], which says what is wrong with the file. A file in which any byte was altered gives an error.
pub fn verify<'f>(file: &'f [u8], known: KnownKeys<'_>) -> Result<Verified<'f>, FileError> {
    if file.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLong { bytes: file.len() });
    }
    let unsigned = |what| if file.starts_with(b"\x7fELF") { FileError::Unsigned } else { what };
    let truncated = FileError::Truncated { needed: PAYLOAD_OFFSET, found: file.len() };
    let (magic, rest) = file.split_first_chunk().ok_or_else(|| unsigned(truncated.clone()))?;
    if *magic != MAGIC {
        return Err(unsigned(FileError::BadMagic { found: *magic }));
    }
    let (signature, signed) = rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or(truncated.clone())?;
    let (key, payload) = split_header(signed, truncated)?;
    match known.find(key) {
        None => return Err(FileError::UntrustedKey { key: *key }),
        Some(found) if found.is_revoked => {
            return Err(FileError::RevokedKey { key: *key, name: found.name.into() });
        }
        Some(_) => {}
    }
    let point = VerifyingKey::from_bytes(key).map_err(|_| FileError::MalformedKey { key: *key })?;
    point
        .verify_strict(signed, &Signature::from_bytes(signature))
        .map_err(|_| FileError::BadSignature { key: *key })?;
    Ok(Verified { payload, key })
}

/// Takes the signed part apart and checks everything that is not the signature itself.
fn split_header(signed: &[u8], truncated: FileError) -> Result<(&PublicKey, &[u8]), FileError> {
    let (format, rest) = signed.split_first_chunk().ok_or(truncated.clone())?;
    let (reserved, rest) = rest.split_first_chunk().ok_or(truncated.clone())?;
    let (length, rest) = rest.split_first_chunk().ok_or(truncated.clone())?;
    let (key, payload) = rest.split_first_chunk().ok_or(truncated)?;
    match u32::from_le_bytes(*format) {
        FORMAT => {}
        format => return Err(FileError::UnknownFormat { format }),
    }
    match u32::from_le_bytes(*reserved) {
        0 => {}
        value => return Err(FileError::ReservedSet { value }),
    }
    let stated = u64::from_le_bytes(*length);
    if stated != payload.len() as u64 {
        return Err(FileError::WrongLength { stated, found: payload.len() });
    }
    Ok((key, payload))
}

/// Makes the signed file of `payload`: `sign` is given the bytes to be signed by the owner of `key`.
///
/// # Errors
/// Whatever `sign` returns.
pub fn assemble<E>(
    payload: &[u8],
    key: &PublicKey,
    sign: impl FnOnce(&[u8]) -> Result<[u8; SIGNATURE_BYTES], E>,
) -> Result<Vec<u8>, E> {
    let mut file = Vec::with_capacity(PAYLOAD_OFFSET + payload.len());
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&[0; SIGNATURE_BYTES]);
    file.extend_from_slice(&FORMAT.to_le_bytes());
    file.extend_from_slice(&0_u32.to_le_bytes());
    file.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    file.extend_from_slice(key);
    file.extend_from_slice(payload);
    let (head, signed) = file.split_at_mut(SIGNED_OFFSET);
    let signature = sign(signed)?;
    head.iter_mut().skip(MAGIC.len()).zip(signature).for_each(|(to, from)| *to = from);
    Ok(file)
}

/// Why a file is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// The file is longer than [`MAX_FILE_BYTES`].
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The file ends within its header.
    Truncated {
        /// Bytes that a header takes.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// The file is an ELF object that nobody signed.
    Unsigned,
    /// The file begins with something else.
    BadMagic {
        /// What it begins with.
        found: [u8; 8],
    },
    /// The file is in a format of another time.
    UnknownFormat {
        /// The format it states.
        format: u32,
    },
    /// A field that must be zero is not.
    ReservedSet {
        /// What stands in it.
        value: u32,
    },
    /// The payload is shorter or longer than the header states.
    WrongLength {
        /// Bytes stated.
        stated: u64,
        /// Bytes there are.
        found: usize,
    },
    /// The key is not one that the kernel trusts.
    UntrustedKey {
        /// The key.
        key: PublicKey,
    },
    /// The key is one that the kernel trusted once.
    RevokedKey {
        /// The key.
        key: PublicKey,
        /// Its name.
        name: Box<str>,
    },
    /// The key is no point of the curve.
    MalformedKey {
        /// The key.
        key: PublicKey,
    },
    /// The signature is not that of these bytes by this key.
    BadSignature {
        /// The key.
        key: PublicKey,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(out, "{bytes} bytes are more than the {MAX_FILE_BYTES} that are read")
            }
            Self::Truncated { needed, found } => {
                write!(out, "truncated: {found} bytes, the header alone takes {needed}")
            }
            Self::Unsigned => write!(out, "not signed: it is a bare ELF object"),
            Self::BadMagic { found } => {
                write!(out, "not a signed extension: begins with `{}`", found.escape_ascii())
            }
            Self::UnknownFormat { format } => {
                write!(out, "format {format} is not known, only {FORMAT}")
            }
            Self::ReservedSet { value } => write!(out, "reserved header field is {value:#x}, not 0"),
            Self::WrongLength { stated, found } => {
                write!(
                    out,
                    "truncated or extended: the header states {stated} bytes of payload, there are {found}"
                )
            }
            Self::UntrustedKey { key } => write!(out, "signed by key {}, which is not trusted", Hex(key)),
            Self::RevokedKey { key, name } => {
                write!(out, "signed by key {}, which was revoked: it was `{name}`", Hex(key))
            }
            Self::MalformedKey { key } => write!(out, "key {} is no Ed25519 key", Hex(key)),
            Self::BadSignature { key } => {
                write!(out, "altered: the signature does not fit the bytes and key {}", Hex(key))
            }
        }
    }
}

impl core::error::Error for FileError {}

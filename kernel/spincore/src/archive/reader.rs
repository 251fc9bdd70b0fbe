//! Reads a tar archive where it lies: which files there are, and what `boot.conf` says.
//!
//! The archive is not trusted: `tar-no-std` checks its shape before anything is read. Any bytes are an archive or an error.
//! This file is pure, so that it can be run with any bytes on the host (`tests/inputs`).

use alloc::string::String;
use core::fmt;
use tar_no_std::{CorruptDataError, TarArchiveRef};

/// Name of the file that says what to load at boot.
const BOOT_CONF: &str = "boot.conf";

/// What stands behind the name of each extension in the archive.
const EXTENSION_SUFFIX: &str = ".spx";

/// Bytes of a block of a tar archive.
const BLOCK_BYTES: usize = 512;

/// Why an archive, or something in it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveError {
    /// The kernel was booted without an archive.
    None,
    /// The bytes are no tar archive, or a damaged one.
    Corrupt(CorruptDataError),
    /// `boot.conf` is missing.
    NoBootConf,
    /// `boot.conf` is not UTF-8; the value is the offset of the first wrong byte.
    BootConfNotText(usize),
    /// There is no extension of this name.
    NoExtension(String),
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(out, "there is no boot archive"),
            Self::Corrupt(cause) => write!(out, "boot archive: {cause}"),
            Self::NoBootConf => write!(out, "boot archive: no file {BOOT_CONF}"),
            Self::NoExtension(name) => write!(out, "boot archive: no extension `{name}`"),
            Self::BootConfNotText(offset) => {
                write!(out, "boot archive: {BOOT_CONF}: not text at byte {offset}")
            }
        }
    }
}

impl core::error::Error for ArchiveError {}

/// Length in bytes of the archive that `bytes` begins with, when the loader did not say how long it is.
pub(crate) fn length_bytes(bytes: &[u8]) -> Option<usize> {
    let whole = bytes.len() / BLOCK_BYTES * BLOCK_BYTES;
    let tar = TarArchiveRef::new(bytes.get(..whole)?).ok()?;
    let (block, header) = tar.headers().last()?;
    let payload = header.payload_block_count().ok()?;
    // The header itself, what belongs to it, and the two empty blocks at the end.
    Some((block + 1 + payload + 2) * BLOCK_BYTES)
}

/// A boot archive of sound shape.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    tar: TarArchiveRef<'a>,
}

impl<'a> Archive<'a> {
    /// Checks the shape of `bytes` and gives a reader for them.
    ///
    /// # Errors
    /// [`ArchiveError::Corrupt`] names the first block that is wrong.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        TarArchiveRef::new(bytes).map(|tar| Self { tar }).map_err(ArchiveError::Corrupt)
    }

    /// The contents of the file called `name`, if there is one. A leading `./` in the archive is not part of a name.
    pub(crate) fn file(&self, name: &str) -> Option<&'a [u8]> {
        self.tar
            .entries()
            .find(|entry| entry.filename().as_str().is_ok_and(|found| plain(found) == name))
            .map(|entry| entry.data())
    }

    /// The object file of the extension called `name`.
    pub(crate) fn extension(&self, name: &str) -> Option<&'a [u8]> {
        self.tar
            .entries()
            .find(|entry| {
                entry.filename().as_str().ok().and_then(|found| plain(found).strip_suffix(EXTENSION_SUFFIX))
                    == Some(name)
            })
            .map(|entry| entry.data())
    }

    /// The text of `boot.conf`.
    ///
    /// # Errors
    /// [`ArchiveError::NoBootConf`] and [`ArchiveError::BootConfNotText`].
    pub(crate) fn boot_conf(&self) -> Result<&'a str, ArchiveError> {
        let bytes = self.file(BOOT_CONF).ok_or(ArchiveError::NoBootConf)?;
        core::str::from_utf8(bytes).map_err(|wrong| ArchiveError::BootConfNotText(wrong.valid_up_to()))
    }
}

/// A name as the archive writes it, without the `./` that some versions of tar put in front.
fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{Archive, ArchiveError, length_bytes};
    use alloc::vec::Vec;

    /// One file in the ustar format (POSIX.1-2008, pax, "ustar Interchange Format"), header and padded contents.
    fn member(name: &str, contents: &[u8]) -> Vec<u8> {
        let mut block = alloc::vec![0_u8; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..108].copy_from_slice(b"0000644\0");
        block[108..116].copy_from_slice(b"0000000\0");
        block[116..124].copy_from_slice(b"0000000\0");
        block[124..136].copy_from_slice(alloc::format!("{:011o}\0", contents.len()).as_bytes());
        block[136..148].copy_from_slice(b"00000000000\0");
        block[148..156].copy_from_slice(b"        ");
        block[156] = b'0';
        block[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(alloc::format!("{sum:06o}\0 ").as_bytes());
        block.extend_from_slice(contents);
        block.resize(512 + contents.len().next_multiple_of(512), 0);
        block
    }

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes: Vec<u8> = members.iter().flat_map(|(name, contents)| member(name, contents)).collect();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    #[test]
    fn files_are_found_with_and_without_a_leading_dot() {
        let bytes = archive(&[("./boot.conf", b"load echo\n"), ("echo.spx", &[7; 700])]);
        let archive = Archive::open(&bytes).expect("sound");
        assert_eq!(archive.boot_conf(), Ok("load echo\n"));
        assert_eq!(archive.extension("echo"), Some(&[7_u8; 700][..]));
        assert_eq!(archive.extension("ech"), None);
        assert_eq!(archive.extension("boot.conf"), None);
    }

    #[test]
    fn a_missing_or_unreadable_boot_conf_is_named() {
        let without = archive(&[("echo.spx", b"x")]);
        assert_eq!(Archive::open(&without).expect("sound").boot_conf(), Err(ArchiveError::NoBootConf));
        let wrong = archive(&[("boot.conf", &[b'l', 0xff])]);
        assert_eq!(Archive::open(&wrong).expect("sound").boot_conf(), Err(ArchiveError::BootConfNotText(1)));
    }

    #[test]
    fn the_length_of_an_archive_is_found_among_other_bytes() {
        let bytes = archive(&[("boot.conf", b"load echo\n"), ("echo.spx", &[7; 700])]);
        let mut window = bytes.clone();
        window.resize(bytes.len() + 5000, 0xaa);
        assert_eq!(length_bytes(&window), Some(bytes.len()));
        assert_eq!(length_bytes(&window[..bytes.len() - 512]), None);
        assert_eq!(length_bytes(&[0xaa; 5000]), None);
    }

    #[test]
    fn bytes_that_are_no_archive_are_refused_and_never_panic() {
        assert!(matches!(Archive::open(&[]), Err(ArchiveError::Corrupt(_))));
        assert!(matches!(Archive::open(&[0xff; 4096]), Err(ArchiveError::Corrupt(_))));
        let whole = archive(&[("boot.conf", b"load echo\n"), ("echo.spx", &[7; 700])]);
        for end in 0..whole.len() {
            if let Ok(archive) = Archive::open(&whole[..end]) {
                let _ = archive.extension("echo");
            }
        }
    }

    #[test]
    fn a_size_field_that_reaches_beyond_the_archive_is_refused() {
        let mut bytes = archive(&[("echo.spx", &[7; 700])]);
        bytes[124..136].copy_from_slice(b"77777777777\0");
        bytes[148..156].copy_from_slice(b"        ");
        let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
        bytes[148..156].copy_from_slice(alloc::format!("{sum:06o}\0 ").as_bytes());
        assert!(matches!(Archive::open(&bytes), Err(ArchiveError::Corrupt(_))));
    }
}

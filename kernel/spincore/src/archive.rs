//! The boot archive: a tar file that the loader put into memory beside the kernel (`-initrd`).
//!
//! It holds the signed extensions (`NAME.spx`) and `boot.conf`, which says what to load. The bytes are read in place, from
//! the reserved memory where the loader left them. The archive itself is not trusted; each extension carries a signature of
//! its own.
//!
//! This file does not know what an extension looks like inside.

pub(crate) mod boot_conf;
mod reader;

use spindle_sync::Once;

pub(crate) use reader::{Archive, ArchiveError, length_bytes};

/// The archive that this kernel was booted with.
static BOOT: Once<Archive<'static>> = Once::INIT;

/// Checks the archive that the kernel was booted with and keeps it for later loads.
///
/// # Errors
/// [`ArchiveError::Corrupt`].
pub(crate) fn keep(bytes: &'static [u8]) -> Result<&'static Archive<'static>, ArchiveError> {
    let archive = Archive::open(bytes)?;
    Ok(BOOT.call_once(|| archive))
}

/// The object file of the extension called `name`, from the archive that the kernel was booted with.
///
/// # Errors
/// [`ArchiveError::None`] and [`ArchiveError::NoExtension`].
pub(crate) fn extension(name: &str) -> Result<&'static [u8], ArchiveError> {
    let archive = BOOT.get().ok_or(ArchiveError::None)?;
    archive.extension(name).ok_or_else(|| ArchiveError::NoExtension(name.into()))
}

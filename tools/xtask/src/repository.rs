//! Where things are in this checkout. Every path that two verbs share is named here, once.
//!
//! Knows names only: whether a file is there, and how it comes to be, is its maker's business.

use std::path::{Path, PathBuf};

/// The target triple of kernel and extensions.
pub(crate) const TARGET: &str = "aarch64-unknown-none-softfloat";

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    const XTASK: &str = env!("CARGO_MANIFEST_DIR");
    Path::new(XTASK).ancestors().nth(2).unwrap_or(Path::new(XTASK))
}

/// The folder that all products are put into.
pub(crate) fn out() -> PathBuf {
    root().join("out")
}

/// The kernel: one flat image for every board.
pub(crate) fn image() -> PathBuf {
    out().join("spindle.img")
}

/// The kernel of the tests: the same parts, with test suites instead of the start of a shell.
pub(crate) fn test_image() -> PathBuf {
    out().join("tests.img")
}

/// The kernel that asks whether rules are kept, for tests.
pub(crate) fn checked_image() -> PathBuf {
    out().join("checked.img")
}

/// The kernel with a monitor above it, for tests.
pub(crate) fn monitored_image() -> PathBuf {
    out().join("monitored.img")
}

/// The folder of the objects of this checkout.
pub(crate) fn extensions() -> PathBuf {
    out().join("extensions")
}

/// Where the console of the kernel that `run` has started can be reached.
pub(crate) fn console() -> PathBuf {
    out().join("console.sock")
}

/// The boot archive: the extensions and `boot.conf`.
pub(crate) fn archive() -> PathBuf {
    out().join("boot.tar")
}

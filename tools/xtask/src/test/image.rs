//! The test kernel's image. It loads no extensions, so it exports nothing.

use anyhow::Result;

use crate::kernel::Variant;
use crate::keys::Trust;
use crate::surface::Surface;
use crate::{flags, kernel, repository};

/// The package of the test kernel.
const PACKAGE: &str = "spindle-test-kernels";

/// Compiles and links it, and does nothing where nothing changed.
///
/// # Errors
/// When compiler or linker refuse, or the image isn't sound.
pub(crate) fn build() -> Result<()> {
    let image = repository::test_image();
    std::fs::create_dir_all(repository::out())?;
    let parts = kernel::compile(PACKAGE, Variant::Shipped)?;
    let known = Trust::default().known()?;
    let stamp = kernel::stamp(&parts, &known, &image)?;
    if stamp.is_current(&[&image]) {
        return Ok(());
    }
    stamp.clear()?;
    let (rustc, _) = flags::rustc_version()?;
    let surface = Surface { rustc, crates: Vec::new(), exports: Vec::new() };
    kernel::link(&surface, &parts.archive, &known, &image)?;
    stamp.write()
}

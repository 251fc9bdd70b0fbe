//! The verb `build`: everything that `run` needs, in the order in which one needs the other.
//!
//! Kernel image and SDK come from one run of cargo. Then the extensions, each against the SDK, and the boot archive.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use spindle::extension::Builder;

use crate::kernel::Variant;
use crate::keys::Trust;
use crate::surface::Surface;
use crate::{archive, kernel, repository, sdk};

/// Options of `./x build`.
#[derive(clap::Args)]
pub(crate) struct Build {
    /// Folders of extensions: builds these only, and prints where each object is.
    #[arg(value_name = "EXTENSION")]
    extensions: Vec<PathBuf>,
    #[command(flatten)]
    trust: Trust,
}

impl Build {
    /// Runs the verb.
    ///
    /// # Errors
    /// When a part can't be built.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.extensions.is_empty() {
            everything(&self.trust)?;
            return Ok(ExitCode::SUCCESS);
        }
        kernel(&self.trust)?;
        let _held = hold()?;
        let key = self.trust.signer()?;
        let builder = Builder::new(&sdk::folder(), Some(key), &repository::extensions())?;
        // What they use may be published by others of this checkout.
        builder.publish(archive::all_extensions()?.iter().chain(&self.extensions))?;
        for folder in &self.extensions {
            println!("{}", builder.build(folder)?.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Builds the image, the SDK, the extensions and the boot archive; does nothing where nothing changed.
///
/// # Errors
/// When a part can't be built.
pub(crate) fn everything(trust: &Trust) -> Result<()> {
    let key = trust.trusted_signer()?;
    kernel(trust)?;
    let _held = hold()?;
    archive::build(key)
}

/// Builds the image and the SDK.
///
/// # Errors
/// When they can't be built.
pub(crate) fn kernel(trust: &Trust) -> Result<()> {
    let _held = hold()?;
    let (image, folder) = (repository::image(), sdk::folder());
    let parts = kernel::compile(kernel::PACKAGE, Variant::Shipped)?;
    let known = trust.known()?;
    let mut stamp = kernel::stamp(&parts, &known, &image)?;
    stamp.written(&repository::root().join("Cargo.toml"))?;
    stamp.written(&repository::root().join("extensions/reviewed.toml"))?;
    stamp.written(&repository::root().join(sdk::GUIDE))?;
    if stamp.is_current(&[&image, &folder.join("manifest.toml")]) {
        return Ok(());
    }
    stamp.clear()?;
    let surface = Surface::of(&parts.compiled, &parts.archive)?;
    kernel::link(&surface, &parts.archive, &known, &image)?;
    sdk::write(&surface, &folder)?;
    stamp.write()
}

/// Builds the kernel that asks whether rules are kept, for tests. Extensions of the other one link to it: interfaces are the same.
///
/// # Errors
/// When it can't be built, or its interfaces are not those of the kernel that ships.
pub(crate) fn checked(trust: &Trust) -> Result<()> {
    let _held = hold()?;
    let image = repository::checked_image();
    let parts = kernel::compile(kernel::PACKAGE, Variant::Checked)?;
    let known = trust.known()?;
    let mut stamp = kernel::stamp(&parts, &known, &image)?;
    stamp.written(&repository::root().join("Cargo.toml"))?;
    if stamp.is_current(&[&image]) {
        return Ok(());
    }
    stamp.clear()?;
    let surface = Surface::of(&parts.compiled, &parts.archive)?;
    kernel::link(&surface, &parts.archive, &known, &image)?;
    stamp.write()
}

/// Keeps other calls of this tool from the folder for products until the value is dropped: two that link into one file at a
/// time would both be right and the file wrong.
fn hold() -> Result<File> {
    std::fs::create_dir_all(repository::out()).context("can't make the folder for products")?;
    let path = repository::out().join(".lock");
    let file = File::create(&path).with_context(|| format!("can't make {}", path.display()))?;
    file.lock().with_context(|| format!("can't lock {}", path.display()))?;
    Ok(file)
}

//! The verb `new`: the crate of an extension, from the template.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::extension::manifest::check_name;
use crate::repository;

/// What stands for the name in the template, which is an extension of that name and as such built and tested like any.
const PLACEHOLDER: &str = "template";

/// The template's files.
pub(crate) const TEMPLATE: [(&str, &str); 2] = [
    ("Cargo.toml", include_str!("../../../extensions/template/Cargo.toml")),
    ("src/lib.rs", include_str!("../../../extensions/template/src/lib.rs")),
];

/// The manifest of an extension of this name, as `./x new` makes it.
pub(crate) fn manifest(name: &str) -> String {
    TEMPLATE[0].1.replace(PLACEHOLDER, name)
}

/// Options of `./x new`.
#[derive(clap::Args)]
pub(crate) struct New {
    /// Name of the extension: small letters, digits and -.
    name: String,
    /// Where to make its folder [default: extensions].
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

impl New {
    /// Runs the verb.
    ///
    /// # Errors
    /// When the name won't do, or there is something of that name already.
    pub(crate) fn run(self) -> Result<ExitCode> {
        check_name(&self.name)?;
        let folder = self.into.unwrap_or_else(|| repository::root().join("extensions")).join(&self.name);
        if folder.exists() {
            bail!("{} is there already", folder.display());
        }
        for (path, text) in TEMPLATE {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            let text = text.replace(PLACEHOLDER, &self.name);
            fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))?;
        }
        println!("{} is there: edit its src/lib.rs, then `./x build {}`", folder.display(), folder.display());
        Ok(ExitCode::SUCCESS)
    }
}

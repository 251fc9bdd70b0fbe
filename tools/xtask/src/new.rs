//! The verb `new`: the crate of an extension, from the template.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use spindle::template;

use crate::repository;

/// The template's files.
pub(crate) const TEMPLATE: [(&str, &str); 2] = [
    ("Cargo.toml", include_str!("../../../extensions/template/Cargo.toml")),
    ("src/lib.rs", include_str!("../../../extensions/template/src/lib.rs")),
];

/// The manifest of an extension of this name, as `./x new` makes it.
pub(crate) fn manifest(name: &str) -> String {
    template::named(TEMPLATE[0].1, name)
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
        let folder = self.into.unwrap_or_else(|| repository::root().join("extensions")).join(&self.name);
        template::make(TEMPLATE, &self.name, &folder)?;
        println!("{} is there: edit its src/lib.rs, then `./x build {}`", folder.display(), folder.display());
        Ok(ExitCode::SUCCESS)
    }
}

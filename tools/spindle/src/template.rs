//! The template of an extension: a crate that is complete as it is, and whose name is a placeholder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::extension::manifest::check_name;

/// What stands for the name in the template, which is an extension of that name and as such built and tested like any.
const PLACEHOLDER: &str = "template";

/// `text` of the template, for an extension of this name.
pub fn named(text: &str, name: &str) -> String {
    text.replace(PLACEHOLDER, name)
}

/// Makes the crate `name` in `folder` from the template's files, each a path and a text.
///
/// # Errors
/// When the name won't do, or there is something in that place already.
pub fn make<'t>(
    files: impl IntoIterator<Item = (&'t str, &'t str)>,
    name: &str,
    folder: &Path,
) -> Result<()> {
    check_name(name)?;
    if folder.exists() {
        bail!("{} is there already", folder.display());
    }
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(&path, named(text, name)).with_context(|| format!("can't write {}", path.display()))?;
    }
    Ok(())
}

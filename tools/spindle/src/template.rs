//! The template of an extension: a crate that is complete as it is, and whose name is a placeholder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::extension::manifest::check_name;

/// What stands for the name in the template, which is an extension of that name and as such built and tested like any.
const PLACEHOLDER: &str = "template";

/// Where the template is in an SDK.
pub const FOLDER: &str = "template";

/// The files of the template of the SDK in `sdk`, each a path and a text.
///
/// # Errors
/// When it can't be read.
pub fn read(sdk: &Path) -> Result<Vec<(String, String)>> {
    let root = sdk.join(FOLDER);
    let (mut files, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = open.pop() {
        let entries = folder.read_dir().with_context(|| format!("can't read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text =
                    fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
                let place = path.strip_prefix(&root).unwrap_or(&path);
                files.push((place.to_string_lossy().into_owned(), text));
            }
        }
    }
    Ok(files)
}

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

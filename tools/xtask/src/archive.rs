//! The boot archive: `boot.conf` and all extensions of this checkout in one tar file, which the loader puts into memory.
//!
//! The same content gives the same bytes: no times, no owners, files in order of name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ed25519_dalek::SigningKey;
use spindle::extension::Builder;
use spindle::sdk::put;

use crate::{repository, sdk};

/// What the kernel reads first.
const CONFIGURATION: &str = "boot.conf";

/// Builds every extension of this checkout, has `key` sign them, and packs the archive.
///
/// # Errors
/// When one can't be built, or `boot.conf` names one that isn't there.
pub(crate) fn build(key: SigningKey) -> Result<()> {
    let folder = repository::root().join("extensions");
    let builder = Builder::new(&sdk::folder(), Some(key), &repository::extensions())?;
    let extensions = extensions(&folder)?;
    builder.publish(&extensions)?;
    let objects = builder.build_several(&extensions)?;
    let path = folder.join(CONFIGURATION);
    let configuration =
        fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    pack(&configuration, &objects, &repository::archive())
}

/// The folders of extensions in `folder`, by name.
pub(crate) fn extensions(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = folder.read_dir().with_context(|| format!("can't read {}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.join("Cargo.toml").is_file());
    found.sort();
    Ok(found)
}

/// The folders of all extensions of this checkout, those of the tests too.
pub(crate) fn all_extensions() -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for folder in ["extensions", "tests/extensions"].map(|folder| repository::root().join(folder)) {
        if folder.is_dir() {
            all.extend(extensions(&folder)?);
        }
    }
    Ok(all)
}

/// Packs `configuration` as `boot.conf` and `objects` under their own names into `archive`.
///
/// # Errors
/// When `configuration` loads what isn't among them, or a file can't be read or written.
pub(crate) fn pack(configuration: &str, objects: &[PathBuf], archive: &Path) -> Result<()> {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, CONFIGURATION, configuration.as_bytes())?;
    let mut names = Vec::new();
    for path in objects {
        let name = path.file_name().and_then(|name| name.to_str()).context("an extension has no name")?;
        append(&mut builder, name, &fs::read(path)?)?;
        names.push(name);
    }
    for name in loaded(configuration) {
        if !names.contains(&&*format!("{name}.spx")) {
            bail!("{CONFIGURATION} loads `{name}`, which isn't among the extensions ({})", names.join(", "));
        }
    }
    put(archive, &builder.into_inner()?)
}

/// Names behind `load`.
fn loaded(configuration: &str) -> impl Iterator<Item = &str> {
    configuration.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        words.next().filter(|verb| *verb == "load").and_then(|_| words.next())
    })
}

fn append(builder: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    builder.append_data(&mut header, name, bytes).with_context(|| format!("can't pack {name}"))
}

#[cfg(test)]
mod tests {
    use super::loaded;

    #[test]
    fn only_load_lines_name_extensions() {
        let text = "# load nothing\nload shell with SpinTrusted\n\n  load echo # now\nunload shell\nload\n";
        assert_eq!(loaded(text).collect::<Vec<_>>(), ["shell", "echo"]);
    }
}

//! What a `Cargo.toml` says to this tool, an extension's or that of a crate which one publishes: its name, the interfaces it
//! wants to name, and what it publishes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Longest name, in bytes.
const LONGEST_NAME: usize = 64;

/// The part of `Cargo.toml` that matters here.
#[derive(Debug)]
pub struct Manifest {
    /// Name of the package and of the extension.
    pub name: String,
    /// Interface crates of the kernel, as they are spelt there.
    pub interfaces: Vec<String>,
    /// Interface crates of other extensions: names, or paths of the folders that these hand out.
    pub uses: Vec<String>,
    /// Folders of the crates that it publishes.
    pub publishes: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    spindle: Option<Spindle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spindle {
    interfaces: Vec<String>,
    #[serde(default)]
    uses: Vec<String>,
    #[serde(default)]
    publishes: Vec<String>,
}

impl Manifest {
    /// Reads it from `folder`.
    ///
    /// # Errors
    /// When the folder holds no extension.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("Cargo.toml");
        let text = fs::read_to_string(&path)
            .with_context(|| format!("there is no extension in {}", folder.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no extension's", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let File { package } = toml::from_str(text)?;
        let Some(spindle) = package.metadata.and_then(|metadata| metadata.spindle) else {
            bail!(
                "it doesn't say which interfaces it names. Add for example:\n\n    [package.metadata.spindle]\n    \
                 interfaces = [\"spindle-domain\", \"spindle-event\"]\n"
            );
        };
        check_name(&package.name)?;
        let Spindle { interfaces, uses, publishes } = spindle;
        Ok(Self { name: package.name, interfaces, uses, publishes })
    }
}

/// Whether an extension may be called `name`.
///
/// # Errors
/// When it may not.
pub fn check_name(name: &str) -> Result<()> {
    let is_plain =
        name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-');
    if !is_plain || !name.starts_with(|first: char| first.is_ascii_lowercase()) || name.len() > LONGEST_NAME {
        bail!("`{name}` can't name an extension: take small letters, digits and -, at most {LONGEST_NAME}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Manifest, check_name};

    #[test]
    fn interfaces_are_read_from_the_metadata() {
        let text = "[package]\nname = 'a-b'\n[package.metadata.spindle]\ninterfaces = ['spindle-event']";
        let manifest = Manifest::parse(text).expect("an extension");
        assert_eq!((&*manifest.name, manifest.interfaces), ("a-b", vec!["spindle-event".to_owned()]));
    }

    #[test]
    fn what_is_used_and_published_is_read_where_it_is_said() {
        let text = "[package]\nname = 'a'\n[package.metadata.spindle]\ninterfaces = []\nuses = ['b', '../c']\npublishes = ['d']";
        let manifest = Manifest::parse(text).expect("an extension");
        assert_eq!(
            (manifest.uses, manifest.publishes),
            (vec!["b".into(), "../c".into()], vec!["d".to_owned()])
        );
        assert!(Manifest::parse(&text.replace("uses", "use")).is_err());
    }

    #[test]
    fn a_crate_that_names_no_interfaces_is_told_how() {
        let error = Manifest::parse("[package]\nname = 'a'").expect_err("no extension");
        assert!(error.to_string().contains("[package.metadata.spindle]"), "{error}");
    }

    #[test]
    fn names_are_small_and_plain() {
        assert!(check_name("echo2-test").is_ok());
        for name in ["", "Echo", "2echo", "e cho", "../echo", &"e".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}

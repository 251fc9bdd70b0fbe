//! What the building of extensions must refuse, held against the words it refuses it with.
//!
//! Each folder of `tests/extensions/refused` is an extension that tries something. Its manifest says in
//! `[package.metadata.refused] because` what the refusal has to contain; with no words there it has to be accepted.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spindle::extension::Builder;

use crate::{archive, keys, repository, sdk};

#[derive(Deserialize)]
struct File {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    refused: Refused,
}

#[derive(Deserialize)]
struct Refused {
    because: Vec<String>,
}

/// Builds each of them whose name contains `filter`; tells how each went, by name.
///
/// # Errors
/// When the SDK or a manifest can't be read. The SDK has to be there.
pub(crate) fn run(filter: Option<&str>, mut tell: impl FnMut(&str, Result<()>)) -> Result<()> {
    let products = repository::out().join("refused/extensions");
    let builder = Builder::new(&sdk::folder(), Some(keys::development()?), &products)?.silent();
    // Some of them use what others of this checkout publish.
    builder.publish(&archive::all_extensions()?)?;
    for folder in archive::extensions(&repository::root().join("tests/extensions/refused"))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if filter.is_none_or(|filter| name.contains(filter)) {
            let because = expected(&folder)?;
            tell(&name, judge(&because, builder.build(&folder).map(drop)));
        }
    }
    Ok(())
}

pub(crate) fn expected(folder: &Path) -> Result<Vec<String>> {
    let path = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&path)?;
    let file: File = toml::from_str(&text).with_context(|| format!("{} says not why", path.display()))?;
    Ok(file.package.metadata.refused.because)
}

fn judge(because: &[String], built: Result<()>) -> Result<()> {
    match built {
        Ok(()) if because.is_empty() => Ok(()),
        Ok(()) => bail!("was accepted"),
        Err(error) if because.is_empty() => Err(error),
        Err(error) => {
            let said = format!("{error:#}");
            match because.iter().find(|words| !said.contains(&***words)) {
                Some(words) => bail!("was refused without a word of `{words}`: {said}"),
                None => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use anyhow::anyhow;

    #[test]
    fn a_refusal_has_to_say_every_expected_word() {
        let because = ["unsafe".to_owned(), "line 3".to_owned()];
        assert!(judge(&because, Err(anyhow!("`unsafe` in line 3"))).is_ok());
        assert!(judge(&because, Err(anyhow!("`unsafe` in line 4"))).is_err());
        assert!(judge(&because, Ok(())).is_err());
    }

    #[test]
    fn without_expected_words_only_acceptance_will_do() {
        assert!(judge(&[], Ok(())).is_ok());
        assert!(judge(&[], Err(anyhow!("anything"))).is_err());
    }
}

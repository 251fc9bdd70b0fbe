//! The keys of this checkout: the verb `keys`, what an image trusts, and who signs.
//!
//! They lie in the folder `keys`, as `spindle::keys` describes. An image trusts each `.pub` that is there when it is built, or
//! those that `--trust` names, and refuses each `.revoked` by name. The key `development` is made on first use, so that a fresh
//! checkout can sign; an image that others get is built without it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use ed25519_dalek::SigningKey;
use spindle::keys::{self, Action, Known};
use spindle_linker::keys::encode;

use crate::repository;

/// Name of the key that signs when none is named.
const DEVELOPMENT: &str = "development";

/// Name of the key whose signature the tests see refused.
const REVOKED_FOR_TESTS: &str = "revoked-for-tests";

/// Options of `./x keys`.
#[derive(clap::Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    action: Action,
}

impl Keys {
    /// Runs the verb.
    ///
    /// # Errors
    /// When a key can't be made, read or revoked.
    pub(crate) fn run(self) -> Result<ExitCode> {
        development()?;
        self.action.run(&folder())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Whom an image trusts, and who signs the extensions beside it.
#[derive(clap::Args, Default)]
pub(crate) struct Trust {
    /// A key of the folder `keys` that the image is to trust, instead of all in it; may be given more than once.
    #[arg(long, value_name = "NAME")]
    trust: Vec<String>,
    /// The secret key to sign extensions with, instead of the development key.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Trust {
    /// The keys that the image is to know.
    ///
    /// # Errors
    /// When one can't be read, or a named one isn't there or was revoked.
    pub(crate) fn known(&self) -> Result<Vec<Known>> {
        development()?;
        chosen(keys::known(&folder())?, &self.trust)
    }

    /// The key that signs.
    ///
    /// # Errors
    /// When it can't be made or read, or was revoked.
    pub(crate) fn signer(&self) -> Result<SigningKey> {
        self.key.as_deref().map_or_else(development, keys::secret)
    }

    /// The key that signs what lies beside an image that trusts it.
    ///
    /// # Errors
    /// As of [`Trust::known`] and [`Trust::signer`], and when the image would refuse what the key signs.
    pub(crate) fn trusted_signer(&self) -> Result<SigningKey> {
        let (known, signer) = (self.known()?, self.signer()?);
        let public = signer.verifying_key().to_bytes();
        let mut found = known.iter().filter(|key| key.key == public).peekable();
        if found.peek().is_none() || found.any(|key| key.is_revoked) {
            bail!(
                "the image would refuse its own boot archive: name with --key the secret of a key that it trusts"
            );
        }
        Ok(signer)
    }
}

/// `.kkeys` of an image that knows these.
///
/// # Errors
/// When a name is too long.
pub(crate) fn table(known: &[Known]) -> Result<Vec<u8>> {
    let mut table = Vec::new();
    for key in known {
        table.extend(encode(&key.key, &key.name, key.is_revoked)?);
    }
    Ok(table)
}

/// The key that signs when none is named; makes it where it isn't there yet.
///
/// # Errors
/// When it can't be made or read, or was revoked.
pub(crate) fn development() -> Result<SigningKey> {
    let path = folder().join(format!("{DEVELOPMENT}.key"));
    if !path.exists() {
        keys::create(&folder(), DEVELOPMENT)?;
    }
    keys::secret(&path)
}

/// A key that images refuse by name; makes it where it isn't there yet.
///
/// # Errors
/// When it can't be made or read.
pub(crate) fn revoked_for_tests() -> Result<SigningKey> {
    let path = folder().join(format!("{REVOKED_FOR_TESTS}.key"));
    if !path.exists() {
        keys::create(&folder(), REVOKED_FOR_TESTS)?;
        keys::revoke(&folder(), REVOKED_FOR_TESTS)?;
    }
    keys::read(&path)
}

fn folder() -> PathBuf {
    repository::root().join("keys")
}

/// All that were revoked, and of the others those that `trust` names, or all where it names none.
fn chosen(known: Vec<Known>, trust: &[String]) -> Result<Vec<Known>> {
    for name in trust {
        let found = known.iter().find(|key| key.name == *name);
        if found.ok_or_else(|| anyhow!("there is no key `{name}` in {}", folder().display()))?.is_revoked {
            bail!("`{name}` was revoked: no image can trust it");
        }
    }
    let is_chosen = |key: &Known| key.is_revoked || trust.is_empty() || trust.contains(&key.name);
    Ok(known.into_iter().filter(is_chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::chosen;
    use spindle::keys::Known;

    fn all() -> Vec<Known> {
        [("ada", false), ("development", false), ("old", true)]
            .map(|(name, is_revoked)| Known { name: name.to_owned(), is_revoked, key: [0; 32] })
            .to_vec()
    }

    fn names(trust: &[&str]) -> Result<Vec<String>, String> {
        let trust: Vec<String> = trust.iter().map(|name| (*name).to_owned()).collect();
        let chosen = chosen(all(), &trust).map_err(|error| error.to_string())?;
        Ok(chosen.into_iter().map(|key| key.name).collect())
    }

    #[test]
    fn an_image_trusts_all_keys_unless_some_are_named() {
        assert_eq!(names(&[]).expect("all"), ["ada", "development", "old"]);
        assert_eq!(names(&["ada"]).expect("one"), ["ada", "old"], "without the development key");
    }

    #[test]
    fn a_key_that_is_not_there_or_was_revoked_can_not_be_trusted() {
        assert!(names(&["eve"]).is_err_and(|error| error.contains("no key `eve`")));
        assert!(names(&["old"]).is_err_and(|error| error.contains("was revoked")));
    }
}

//! Keys: pairs that sign extensions (ed25519, RFC 8032), in a folder that is never committed.
//!
//! | file           | content                                                                                   |
//! |----------------|-------------------------------------------------------------------------------------------|
//! | `NAME.key`     | the secret seed; only its owner can read it                                                |
//! | `NAME.pub`     | the public key, which images trust                                                         |
//! | `NAME.revoked` | a public key that was trusted once: images refuse it by name                               |
//!
//! Each is 64 hexadecimal digits. A name is one key's for ever.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ed25519_dalek::SigningKey;
use spindle_linker::keys::MAX_NAME_BYTES;

use crate::digest::{Digest, from_hex};

const SECRET: &str = "key";
const PUBLIC: &str = "pub";
const REVOKED: &str = "revoked";

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Whether it was trusted once and isn't any more.
    pub is_revoked: bool,
    /// The key.
    pub key: [u8; 32],
}

impl fmt::Display for Known {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_revoked { "revoked" } else { "trusted" };
        write!(out, "{}  {state}  {}", Digest(self.key), self.name)
    }
}

/// What the verb `keys` can do.
#[derive(clap::Subcommand)]
pub enum Action {
    /// Makes a key pair; images built from now on trust it.
    New {
        /// Its name: letters, digits, - and _.
        name: String,
    },
    /// Lists the public keys, those that were revoked too.
    List,
    /// Revokes a key; images built from now on refuse it, and say so.
    Revoke {
        /// Its name.
        name: String,
    },
}

impl Action {
    /// Does it in `folder`.
    ///
    /// # Errors
    /// When a key can't be made, read or revoked.
    pub fn run(self, folder: &Path) -> Result<()> {
        match self {
            Self::New { name } => println!("{}", create(folder, &name)?.display()),
            Self::List => known(folder)?.iter().for_each(|key| println!("{key}")),
            Self::Revoke { name } => println!("{}", revoke(folder, &name)?.display()),
        }
        Ok(())
    }
}

/// The public keys in `folder`, by name.
///
/// # Errors
/// When one can't be read.
pub fn known(folder: &Path) -> Result<Vec<Known>> {
    let mut keys = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("can't read {}", folder.display()))? {
        let path = entry?.path();
        let is_revoked = match path.extension().and_then(|extension| extension.to_str()) {
            Some(PUBLIC) => false,
            Some(REVOKED) => true,
            _ => continue,
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        check_name(&name).with_context(|| path.display().to_string())?;
        let text = fs::read_to_string(&path)?;
        let key = from_hex(text.trim()).with_context(|| format!("{} is no public key", path.display()))?;
        keys.push(Known { name, is_revoked, key });
    }
    keys.sort();
    Ok(keys)
}

/// The secret key in the file at `path`.
///
/// # Errors
/// When there is none, or it was revoked.
pub fn secret(path: &Path) -> Result<SigningKey> {
    let revoked = path.with_extension(REVOKED);
    if revoked.exists() {
        bail!("{} was revoked: what it signs is refused by every image from then on", path.display());
    }
    read(path)
}

/// The secret key in the file at `path`, revoked or not.
///
/// # Errors
/// When there is none.
pub fn read(path: &Path) -> Result<SigningKey> {
    let text = fs::read_to_string(path).with_context(|| format!("can't read the key {}", path.display()))?;
    let seed = from_hex(text.trim()).with_context(|| format!("{} is no key", path.display()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Makes a new key pair in `folder`; returns where its public half is.
///
/// # Errors
/// When there is or was one of that name, or it can't be written.
pub fn create(folder: &Path, name: &str) -> Result<PathBuf> {
    check_name(name)?;
    fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    let file = |extension: &str| folder.join(format!("{name}.{extension}"));
    if let Some(taken) = [SECRET, PUBLIC, REVOKED].map(file).iter().find(|path| path.exists()) {
        bail!("{} is there already: take another name", taken.display());
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no random numbers to be had: {error}"))?;
    let secret = file(SECRET);
    let mut written = private(&secret).with_context(|| format!("can't make {}", secret.display()))?;
    writeln!(written, "{}", Digest(seed))?;
    let public = file(PUBLIC);
    let key = SigningKey::from_bytes(&seed).verifying_key();
    fs::write(&public, format!("{}\n", Digest(key.to_bytes())))?;
    Ok(public)
}

/// Revokes the key of this name in `folder`; returns where that is recorded.
///
/// # Errors
/// When there is none, or it is revoked already.
pub fn revoke(folder: &Path, name: &str) -> Result<PathBuf> {
    check_name(name)?;
    let (public, revoked) =
        (folder.join(format!("{name}.{PUBLIC}")), folder.join(format!("{name}.{REVOKED}")));
    if revoked.exists() {
        bail!("`{name}` is revoked already: {}", revoked.display());
    }
    fs::rename(&public, &revoked).with_context(|| format!("there is no {}", public.display()))?;
    Ok(revoked)
}

fn check_name(name: &str) -> Result<()> {
    let is_plain = name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter));
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !is_plain {
        bail!("`{name}` can't name a key: take letters, digits, - and _, at most {MAX_NAME_BYTES}");
    }
    Ok(())
}

/// A new file that only its owner can read.
fn private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::{check_name, create, known, read, revoke, secret};

    #[test]
    fn a_revoked_key_stays_known_by_its_name_and_signs_no_more() {
        let folder = std::env::temp_dir().join(format!("spindle-keys-{}", std::process::id()));
        create(&folder, "ada").expect("made");
        create(&folder, "grace").expect("made");
        let key = read(&folder.join("ada.key")).expect("there").verifying_key().to_bytes();
        assert!(secret(&folder.join("ada.key")).is_ok());
        revoke(&folder, "ada").expect("revoked");
        let found = known(&folder).expect("read");
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[0].name, found[0].is_revoked, found[0].key), ("ada", true, key));
        assert_eq!((&*found[1].name, found[1].is_revoked), ("grace", false));
        assert!(secret(&folder.join("ada.key")).is_err_and(|error| error.to_string().contains("revoked")));
        assert!(create(&folder, "ada").is_err(), "the name is taken for ever");
        assert!(revoke(&folder, "ada").is_err());
        assert!(revoke(&folder, "nobody").is_err());
        std::fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn names_are_plain_and_fit_into_an_image() {
        assert!(check_name("Ada-2_b").is_ok());
        for name in ["", "a b", "../a", &"n".repeat(31)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}

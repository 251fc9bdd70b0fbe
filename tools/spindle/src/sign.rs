//! Keys and signatures (ed25519, RFC 8032).
//!
//! Keys lie in a folder that is never committed: `NAME.key` is a secret seed, `NAME.pub` the public key, each 64 hexadecimal
//! digits.

use std::convert::Infallible;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ed25519_dalek::{Signer as _, SigningKey};
use spindle_linker::signature::assemble;

use crate::digest::{Digest, from_hex};
/// The public keys in `folder`, each with its file, in the order of these.
///
/// # Errors
/// When a key can't be read.
pub fn public(folder: &Path) -> Result<Vec<(String, Digest)>> {
    let mut keys = Vec::new();
    for entry in folder.read_dir().with_context(|| format!("can't read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pub") {
            let text = fs::read_to_string(&path)?;
            let key =
                Digest::parse(text.trim()).with_context(|| format!("{} is no public key", path.display()))?;
            keys.push((path.display().to_string(), key));
        }
    }
    keys.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(keys)
}

/// The key in the file at `path`.
///
/// # Errors
/// When there is none.
pub fn read(path: &Path) -> Result<SigningKey> {
    let text = fs::read_to_string(path).with_context(|| format!("can't read the key {}", path.display()))?;
    let seed = from_hex(text.trim()).with_context(|| format!("{} is no key", path.display()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Makes a new key pair in `folder`.
///
/// # Errors
/// When there is one of that name, or it can't be written.
pub fn create(folder: &Path, name: &str) -> Result<PathBuf> {
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
    {
        bail!("`{name}` can't name a key: take letters, digits, - and _");
    }
    fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no random numbers to be had: {error}"))?;
    let secret = folder.join(format!("{name}.key"));
    let mut file = private(&secret).with_context(|| format!("can't make {}", secret.display()))?;
    writeln!(file, "{}", Digest(seed))?;
    let public = folder.join(format!("{name}.pub"));
    let key = SigningKey::from_bytes(&seed).verifying_key();
    fs::write(&public, format!("{}\n", Digest(key.to_bytes())))?;
    Ok(public)
}

/// A new file that only its owner can read.
fn private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `payload` as a signed object file.
pub fn sign(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let signed = assemble(payload, &key.verifying_key().to_bytes(), |bytes| {
        Ok::<_, Infallible>(key.sign(bytes).to_bytes())
    });
    let Ok(file) = signed;
    file
}

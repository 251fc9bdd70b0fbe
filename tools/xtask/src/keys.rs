//! The keys of this checkout, and the verb `keys` that makes and lists them.
//!
//! They lie in the folder `keys`. An image trusts each `.pub` that is there when it is built; removing the file revokes the
//! key with the next image. The key `development` is made on first use, so that a fresh checkout can sign.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use ed25519_dalek::SigningKey;
use spindle::digest::Digest;
use spindle::sign;

use crate::repository;

/// Name of the key that signs when none is named.
const DEVELOPMENT: &str = "development";

/// Options of `./x keys`.
#[derive(clap::Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Makes a key pair in the folder `keys`; images built from now on trust it.
    New {
        /// Its name: letters, digits, - and _.
        name: String,
    },
    /// Lists the public keys that an image built now trusts.
    List,
}

impl Keys {
    /// Runs the verb.
    ///
    /// # Errors
    /// When a key can't be made or read.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.action {
            Action::New { name } => println!("{}", sign::create(&folder(), &name)?.display()),
            Action::List => {
                for (path, key) in trusted()? {
                    println!("{key}  {path}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn folder() -> PathBuf {
    repository::root().join("keys")
}

/// The public keys that images trust, by name.
///
/// # Errors
/// When a key can't be read.
pub(crate) fn trusted() -> Result<Vec<(String, Digest)>> {
    development()?;
    sign::public(&folder())
}

/// The key in the file `named`, else the development key.
///
/// # Errors
/// When it can't be made or read.
pub(crate) fn chosen(named: Option<&Path>) -> Result<SigningKey> {
    named.map_or_else(development, sign::read)
}

/// The key that signs when none is named; makes it where it isn't there yet.
///
/// # Errors
/// When it can't be made or read.
pub(crate) fn development() -> Result<SigningKey> {
    let path = folder().join(format!("{DEVELOPMENT}.key"));
    if !path.exists() {
        sign::create(&folder(), DEVELOPMENT)?;
    }
    sign::read(&path)
}

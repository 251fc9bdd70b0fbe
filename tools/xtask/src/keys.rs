//! The verb `keys`: makes and lists the keys that extensions are signed with.

use std::process::ExitCode;

use anyhow::Result;

use crate::sign;

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
            Action::New { name } => println!("{}", sign::create(&sign::folder(), &name)?.display()),
            Action::List => {
                for (path, key) in sign::trusted()? {
                    println!("{key}  {path}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

//! The verb `doctor`.

use std::process::ExitCode;

/// Options of `./x doctor`.
#[derive(clap::Args)]
pub(crate) struct Doctor {}

impl Doctor {
    /// Runs the verb.
    ///
    /// # Errors
    /// Always, so far.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::bail!("`doctor` isn't there yet")
    }
}

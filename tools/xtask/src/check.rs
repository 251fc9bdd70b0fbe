//! The verb `check`.

use std::process::ExitCode;

/// Options of `./x check`.
#[derive(clap::Args)]
pub(crate) struct Check {}

impl Check {
    /// Runs the verb.
    ///
    /// # Errors
    /// Always, so far.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::bail!("`check` isn't there yet")
    }
}

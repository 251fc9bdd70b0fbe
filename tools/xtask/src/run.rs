//! The verb `run`.

use std::process::ExitCode;

/// Options of `./x run`.
#[derive(clap::Args)]
pub(crate) struct Run {}

impl Run {
    /// Runs the verb.
    ///
    /// # Errors
    /// Always, so far.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::bail!("`run` isn't there yet")
    }
}

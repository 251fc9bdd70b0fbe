//! The verb `soak`.

use std::process::ExitCode;

/// Options of `./x soak`.
#[derive(clap::Args)]
pub(crate) struct Soak {}

impl Soak {
    /// Runs the verb.
    ///
    /// # Errors
    /// Always, so far.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::bail!("`soak` isn't there yet")
    }
}

//! The verb `bench`.

use std::process::ExitCode;

/// Options of `./x bench`.
#[derive(clap::Args)]
pub(crate) struct Bench {}

impl Bench {
    /// Runs the verb.
    ///
    /// # Errors
    /// Always, so far.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::bail!("`bench` isn't there yet")
    }
}

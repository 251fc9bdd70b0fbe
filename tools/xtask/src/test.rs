//! The verb `test`.

use std::process::ExitCode;

/// Options of `./x test`.
#[derive(clap::Args)]
pub(crate) struct Test {}

impl Test {
    /// Runs the verb.
    ///
    /// # Errors
    /// Always, so far.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        anyhow::bail!("`test` isn't there yet")
    }
}

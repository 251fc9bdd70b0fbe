//! Runs a host program and says what failed, with the command as one would type it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs to the end with this terminal's streams.
///
/// # Errors
/// When it can't be started or ends with anything but status 0.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("can't start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs to the end and returns what it wrote to standard output.
///
/// # Errors
/// When it can't be started, ends with anything but status 0, or writes no UTF-8.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("can't start `{}`", shown(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}\n{}", shown(command), output.status, said.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote no UTF-8", shown(command)))
}

/// Runs to the end and hands each line of its standard output to `watch` as it comes.
///
/// # Errors
/// When it can't be started or read, or ends with anything but status 0.
pub fn watched(command: &mut Command, watch: &mut dyn FnMut(&str)) -> Result<()> {
    command.stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("can't start `{}`", shown(command)))?;
    let stdout = child.stdout.take().context("the process has no standard output")?;
    for line in BufReader::new(stdout).split(b'\n') {
        watch(&String::from_utf8_lossy(&line?));
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// The command line as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

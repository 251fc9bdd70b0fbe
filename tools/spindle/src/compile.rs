//! Runs cargo and reads from its messages what it made: every crate with its files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Artifact, CrateType, Message, PackageId};

use crate::process;

/// One crate that was compiled, or was up to date.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The package, in cargo's own spelling.
    pub package: PackageId,
    /// The crate's name, with underscores.
    pub name: String,
    /// What cargo made of it.
    pub files: Vec<PathBuf>,
    /// Whether it is a procedural macro: code that runs in the compiler.
    pub is_macro: bool,
}

impl Compiled {
    /// Its file whose name ends in `.extension`.
    pub fn file(&self, extension: &str) -> Option<&Path> {
        self.files
            .iter()
            .map(PathBuf::as_path)
            .find(|path| path.extension().is_some_and(|found| found == extension))
    }
}

/// Runs `command`, a cargo that builds, with its words on this terminal; gives the crates in the order it made them.
///
/// # Errors
/// When it can't be run or fails. The compiler's errors are on the terminal then.
pub fn run(mut command: Command) -> Result<Vec<Compiled>> {
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped()).stdin(Stdio::null());
    read(command)
}

/// Like [`run`], for `cargo rustc`, whose own options end where the compiler's begin.
///
/// # Errors
/// As of [`run`].
pub fn run_with(mut command: Command, compiler: &[String]) -> Result<Vec<Compiled>> {
    command.args(["--message-format=json-render-diagnostics", "--"]).args(compiler);
    command.stdout(Stdio::piped()).stdin(Stdio::null());
    read(command)
}

fn read(mut command: Command) -> Result<Vec<Compiled>> {
    let mut child = command.spawn().with_context(|| format!("can't start `{}`", process::shown(&command)))?;
    let stdout = child.stdout.take().context("cargo has no standard output")?;
    let mut crates = Vec::new();
    for message in Message::parse_stream(std::io::BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("cargo's messages can't be read")? {
            crates.extend(compiled(artifact));
        }
    }
    if !child.wait()?.success() {
        bail!("the compiler refuses it: what it says stands above");
    }
    Ok(crates)
}

/// A library of some kind; build scripts and programs are none.
fn compiled(artifact: Artifact) -> Option<Compiled> {
    let kinds = &artifact.target.crate_types;
    let is_macro = kinds.contains(&CrateType::ProcMacro);
    let is_library =
        [CrateType::Lib, CrateType::RLib, CrateType::StaticLib].iter().any(|kind| kinds.contains(kind));
    (is_macro || is_library).then(|| Compiled {
        package: artifact.package_id,
        name: artifact.target.name.replace('-', "_"),
        files: artifact.filenames.into_iter().map(PathBuf::from).collect(),
        is_macro,
    })
}

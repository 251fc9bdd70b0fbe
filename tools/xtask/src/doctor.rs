//! The verb `doctor`: which tools are there, and which are missing. Changes nothing.

use std::process::{Command, ExitCode};

use anyhow::{Result, anyhow};
use spindle::process;
use spindle::tools::Linker;

use crate::{flags, qemu, repository};

/// Options of `./x doctor`.
#[derive(clap::Args)]
pub(crate) struct Doctor {}

/// One thing that was looked for.
struct Finding {
    what: &'static str,
    /// Its version or place, or why it isn't there.
    found: Result<String>,
    is_needed: bool,
}

impl Doctor {
    /// Prints a line for each tool; fails when a needed one is missing.
    ///
    /// # Errors
    /// None so far.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let findings = [
            needed("rustc", said("rustc", &["--version"])),
            needed("cargo", said("cargo", &["--version"])),
            needed("rustfmt", said("cargo", &["fmt", "--version"])),
            needed("clippy", said("cargo", &["clippy", "--version"])),
            needed("core and alloc", core()),
            needed("linker for the target", linker()),
            needed("linker for the host", said("cc", &["--version"])),
            needed("qemu-system-aarch64", emulator()),
            useful("gdb-multiarch (debugging)", said("gdb-multiarch", &["--version"])),
            useful("cargo-fuzz (fuzzing)", said("cargo", &["fuzz", "--version"])),
            useful("kernel image", built(&repository::image())),
            useful("boot archive", built(&repository::archive())),
        ];
        for Finding { what, found, is_needed } in &findings {
            match found {
                Ok(found) => println!("ok       {what:<26} {found}"),
                Err(why) if *is_needed => println!("MISSING  {what:<26} {why:#}"),
                Err(why) => println!("-        {what:<26} {why:#}"),
            }
        }
        let is_well = findings.iter().all(|finding| finding.found.is_ok() || !finding.is_needed);
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn needed(what: &'static str, found: Result<String>) -> Finding {
    Finding { what, found, is_needed: true }
}

fn useful(what: &'static str, found: Result<String>) -> Finding {
    Finding { what, found, is_needed: false }
}

/// The first line that a program says.
fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let said = process::output(Command::new(program).args(arguments)).map_err(|_| anyhow!("not found"))?;
    Ok(said.lines().next().unwrap_or_default().to_owned())
}

fn core() -> Result<String> {
    let library = flags::sysroot()?.join("lib/rustlib").join(repository::TARGET).join("lib");
    let has_core = std::fs::read_dir(&library)
        .map(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libcore-")))
        .unwrap_or(false);
    if has_core { Ok(library.display().to_string()) } else { Err(anyhow!("not in {}", library.display())) }
}

fn linker() -> Result<String> {
    let linker = Linker::find(repository::root())?;
    Ok(format!("{} ({})", linker.version, linker.path.display()))
}

fn emulator() -> Result<String> {
    let (major, minor) = qemu::version()?;
    if major < qemu::OLDEST {
        return Err(anyhow!("{major}.{minor} has no raspi4b: {}.0 or newer is needed", qemu::OLDEST));
    }
    Ok(format!("{major}.{minor}"))
}

fn built(path: &std::path::Path) -> Result<String> {
    let size = std::fs::metadata(path).map_err(|_| anyhow!("not built yet"))?.len();
    Ok(format!("{} ({size} bytes)", path.display()))
}

//! Host programs that the build needs besides cargo: the linker.
//!
//! It has to be an lld as new as the compiler's LLVM: older ones don't keep `KEEP` roots in a relocatable link with
//! `--gc-sections`. rustup puts it into the toolchain; Debian's packages put it into `/usr/bin`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{flags, process};

/// The oldest lld that was tried.
const OLDEST: u32 = 22;

/// The linker and how it was found.
#[derive(Clone, Debug)]
pub struct Linker {
    /// The program.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: String,
}

impl Linker {
    /// Finds the linker: in the toolchain that `place` means, else in `PATH`.
    ///
    /// # Errors
    /// When there is none, or only older ones; the error lists what was looked at.
    pub fn find(place: &Path) -> Result<Self> {
        let mut seen = Vec::new();
        for path in candidates(place)? {
            match version(&path) {
                Some(version) if major(&version).is_some_and(|major| major >= OLDEST) => {
                    return Ok(Self { path, version });
                }
                Some(version) => seen.push(format!("{} is {version}", path.display())),
                None => {}
            }
        }
        let seen = if seen.is_empty() { "none was found".to_owned() } else { seen.join("; ") };
        bail!(
            "no linker: looked for rust-lld in the toolchain and for rust-lld, ld.lld-{OLDEST} and ld.lld in PATH, \
             version {OLDEST} or newer; {seen}. rustup's toolchains have one, and Debian's lld-{OLDEST} is one"
        )
    }

    /// A command that links in the manner of GNU ld.
    pub fn command(&self) -> Command {
        command(&self.path)
    }
}

/// `rust-lld` is several linkers in one and is told which; the others know by their name.
fn command(path: &Path) -> Command {
    let mut command = Command::new(path);
    if path.file_name().is_some_and(|name| name == "rust-lld") {
        command.args(["-flavor", "gnu"]);
    }
    command
}

fn candidates(place: &Path) -> Result<Vec<PathBuf>> {
    let (_, verbose) = flags::rustc_version(place)?;
    let host = verbose.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let own = flags::sysroot(place)?.join("lib/rustlib").join(host).join("bin/rust-lld");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path =
        ["rust-lld".to_owned(), format!("ld.lld-{OLDEST}"), "ld.lld".to_owned()].into_iter().flat_map(
            |name| std::env::split_paths(&path).map(move |folder| folder.join(&name)).collect::<Vec<_>>(),
        );
    Ok(std::iter::once(own).chain(in_path).filter(|path| path.is_file()).collect())
}

fn version(path: &Path) -> Option<String> {
    let said = process::output(command(path).arg("--version")).ok()?;
    Some(said.lines().next()?.trim_end().to_owned())
}

/// The major version in `LLD 22.1.8 (compatible with GNU linkers)` and its kind.
fn major(version: &str) -> Option<u32> {
    let (_, rest) = version.split_once("LLD ")?;
    rest.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_found_with_and_without_a_distributors_name() {
        assert_eq!(major("LLD 22.1.8 (compatible with GNU linkers)"), Some(22));
        assert_eq!(major("Debian LLD 14.0.6 (compatible with GNU linkers)"), Some(14));
        assert_eq!(major("GNU ld 2.40"), None);
    }
}

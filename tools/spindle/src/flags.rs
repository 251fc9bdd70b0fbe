//! How code for the bare target is compiled: the environment that cargo may see, and what every build of an extension adds.
//!
//! Kernel and extensions meet by symbol name and by the bytes of metadata files, so both must come from the same flags, and
//! nothing of the user's own configuration may creep in. Flags go through `CARGO_ENCODED_RUSTFLAGS`, because cargo adds flags
//! of configuration files to every other source of flags, and to this one not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::digest::Digest;
use crate::process;

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// A profile as `--config` takes it: key to TOML value.
pub type Profile = BTreeMap<String, toml::Value>;

/// Flags of an extension's crates. The extra metadata gives private copies of a crate symbols and types of their own in each
/// extension, and in each version of it whose private crates have other content.
pub fn extension(common: &[String], name: &str, private: Digest, folder: &Path) -> Vec<String> {
    let mut flags = common.to_vec();
    flags.push(format!("-Cmetadata={name}-{private}"));
    // What panics is cleaned up, frame by frame.
    flags.push("-Cpanic=unwind".to_owned());
    flags.push(remap(folder, &format!("/{name}")));
    flags.extend(remap_registry());
    flags
}

/// `cargo`, with these flags for the target and nothing else that could change what it makes.
pub fn cargo(rustflags: &[String]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(changes_output) {
            command.env_remove(name);
        }
    }
    // Empty ones overrule wrappers that a configuration file names.
    command.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "");
    command.env("CARGO_ENCODED_RUSTFLAGS", rustflags.join(SEPARATOR));
    command
}

/// Refuses to run cargo in `folder` where it would read a configuration there or above that changes what is built: it can name
/// another compiler, other sources of crates and variables of the compiler's. That in cargo's own home is the user's, and
/// counts.
///
/// # Errors
/// Names the file and the table.
pub fn refuse_configuration(folder: &Path) -> Result<()> {
    /// Tables of how cargo is called, speaks and reaches the network.
    const HARMLESS: [&str; 6] = ["alias", "cache", "future-incompat-report", "http", "net", "term"];
    let home = cargo_home().and_then(|home| home.canonicalize().ok());
    let above = folder.ancestors().map(|above| above.join(".cargo"));
    let foreign = above.filter(|above| home.is_none() || above.canonicalize().ok() != home);
    for path in foreign.flat_map(|above| ["config.toml", "config"].map(|name| above.join(name))) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let found: toml::Table = text.parse().with_context(|| format!("{} can't be read", path.display()))?;
        if let Some(table) = found.keys().find(|table| !HARMLESS.contains(&&***table)) {
            bail!(
                "cargo would go by `{table}` of {}, which can change what is built: move it or the SDK elsewhere",
                path.display()
            );
        }
    }
    Ok(())
}

/// Whether cargo or rustc read this variable and make something else because of it.
fn changes_output(variable: &str) -> bool {
    const PREFIXES: [&str; 4] = ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_UNSTABLE_"];
    const NAMES: [&str; 4] = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_BOOTSTRAP", "RUSTC"];
    let is_listed = PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) || NAMES.contains(&variable);
    // Where products go and how many jobs run is the user's business.
    is_listed && !["CARGO_TARGET_DIR", "CARGO_BUILD_JOBS", "CARGO_BUILD_TARGET_DIR"].contains(&variable)
}

/// The version of the compiler that `place` means by `rustc`, as the tables of kernel and extensions carry it, and all that it
/// says of itself. A folder can have a Rust of its own.
///
/// # Errors
/// When rustc can't be run.
pub fn rustc_version(place: &Path) -> Result<(String, String)> {
    let verbose = asked(place, &["-vV"])?;
    let first = verbose.lines().next().unwrap_or_default();
    if !first.starts_with("rustc ") {
        bail!("`rustc -vV` began with `{first}`");
    }
    // Who built it stands in a second pair of parentheses and isn't part of its identity.
    let version = first.split_inclusive(')').next().unwrap_or(first).to_owned();
    Ok((version, verbose))
}

/// The folder with the target's core and alloc, and with programs for the host.
///
/// # Errors
/// When rustc can't be run.
pub fn sysroot(place: &Path) -> Result<PathBuf> {
    Ok(PathBuf::from(asked(place, &["--print", "sysroot"])?.trim_end()))
}

fn asked(place: &Path, question: &[&str]) -> Result<String> {
    process::output(Command::new("rustc").current_dir(place).args(question))
}

/// Writes `to` into products where a path begins with `from`.
pub fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// Keeps the place of the registry's sources out of products.
pub fn remap_registry() -> Option<String> {
    Some(remap(&cargo_home()?, "/cargo"))
}

fn cargo_home() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::{changes_output, refuse_configuration};
    use std::fs;

    #[test]
    fn a_configuration_of_cargo_that_changes_code_is_refused_by_name() {
        let top = std::env::temp_dir().join(format!("spindle-configuration-{}", std::process::id()));
        let (below, own) = (top.join("a/sdk"), top.join("a/.cargo"));
        fs::create_dir_all(&below).and_then(|()| fs::create_dir_all(&own)).expect("made");
        let before = refuse_configuration(&below);
        let with = |text: &str| {
            fs::write(own.join("config.toml"), text).expect("written");
            refuse_configuration(&below).map_err(|error| error.to_string())
        };
        let (harmless, said) = (with("[alias]\nx = 'run'"), with("[env]\nRUSTC_BOOTSTRAP = '1'"));
        fs::remove_dir_all(&top).expect("removed");
        assert!(before.is_ok() && harmless.is_ok(), "{before:?} {harmless:?}");
        let said = said.expect_err("it would count");
        assert!(
            said.contains("`env` of ") && said.contains("a/.cargo/config.toml, which can change"),
            "{said}"
        );
    }

    #[test]
    fn variables_that_change_code_are_kept_from_cargo() {
        assert!(changes_output("RUSTFLAGS"));
        assert!(changes_output("CARGO_PROFILE_RELEASE_LTO"));
        assert!(changes_output("CARGO_TARGET_AARCH64_UNKNOWN_NONE_SOFTFLOAT_RUSTFLAGS"));
        assert!(!changes_output("CARGO_TARGET_DIR"));
        assert!(!changes_output("CARGO_HOME"));
        assert!(!changes_output("PATH"));
    }
}

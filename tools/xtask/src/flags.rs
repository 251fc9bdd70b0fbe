//! The one place for how the kernel is compiled: target, flags, profile. Extensions get all of them through the SDK's manifest.
//!
//! The profile is the workspace's `[profile.release]`.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use spindle::flags::{Profile, remap, remap_registry};

use crate::repository;

pub(crate) use crate::repository::TARGET;
pub(crate) use spindle::flags::cargo;

/// Flags of every crate for the bare target. `v0` names carry the crate they belong to; the tables lead from
/// what has failed to the raise that goes on; sha2's other backends use registers
/// that the kernel doesn't save.
pub(crate) fn common() -> Vec<String> {
    ["-Csymbol-mangling-version=v0", "-Cforce-unwind-tables=yes", "--cfg=sha2_backend=\"soft\""]
        .map(str::to_owned)
        .to_vec()
}

/// Flags of the kernel's crates: the common ones, with this machine's paths kept out of the product. Frame pointers make
/// backtraces, and lead to where a function of the kernel returns to an extension.
pub(crate) fn kernel() -> Vec<String> {
    let mut flags = common();
    flags.push("-Cforce-frame-pointers=yes".to_owned());
    flags.push(remap(repository::root(), "/spindle"));
    flags.extend(remap_registry());
    flags
}

/// Flags of programs for the host that others get: nothing of this machine's paths is in them.
pub(crate) fn host() -> Vec<String> {
    let mut flags = vec![remap(repository::root(), "/spindle")];
    flags.extend(remap_registry());
    flags
}

/// The compiler's version as the tables of kernel and extensions carry it, and all that it says of itself.
///
/// # Errors
/// When rustc can't be run.
pub(crate) fn rustc_version() -> Result<(String, String)> {
    spindle::flags::rustc_version(repository::root())
}

/// The folder with the target's core and alloc, and with programs for the host.
///
/// # Errors
/// When rustc can't be run.
pub(crate) fn sysroot() -> Result<PathBuf> {
    spindle::flags::sysroot(repository::root())
}

/// The release profile of the workspace, completed with the defaults that matter to generated code.
///
/// # Errors
/// When the workspace's manifest has no release profile.
pub(crate) fn profile() -> Result<Profile> {
    let path = repository::root().join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    let manifest: toml::Table = text.parse().with_context(|| format!("{} is no TOML", path.display()))?;
    let table = manifest
        .get("profile")
        .and_then(|profiles| profiles.get("release"))
        .and_then(toml::Value::as_table)
        .ok_or_else(|| anyhow!("{} has no [profile.release]", path.display()))?;
    let defaults = ["overflow-checks", "debug-assertions", "incremental"];
    let mut profile: Profile = defaults.map(|key| (key.to_owned(), toml::Value::Boolean(false))).into();
    profile.extend(table.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::profile;

    #[test]
    fn the_profile_keeps_names_linkable() {
        let profile = profile().expect("the workspace has one");
        assert_eq!(profile["lto"].as_str(), Some("off"));
        assert_eq!(profile["panic"].as_str(), Some("abort"));
        assert_eq!(profile["codegen-units"].as_integer(), Some(1));
    }
}

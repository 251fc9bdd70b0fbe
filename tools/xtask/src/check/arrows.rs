//! Which crate of ours may depend on which: one table, held against cargo's metadata.
//!
//! Floors, top down: image; spincore; interface; linker, platform, sync. No arrow runs up and none in a circle, because each
//! crate may only depend on those that stand above it in the table.

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use super::Finding;

/// A crate, and those of ours that it may depend on. Only crates further up in this table may stand on the right.
const ALLOWED: [(&str, &[&str]); 28] = [
    ("spindle-sync", &[]),
    ("spindle-linker", &[]),
    ("spindle-board", &[]),
    ("spindle-unwind", &[]),
    ("spindle-policy", &[]),
    ("spindle-machine", &["spindle-sync", "spindle-unwind"]),
    ("spindle-gic", &["spindle-machine", "spindle-sync"]),
    ("spindle-uart", &["spindle-machine", "spindle-sync"]),
    ("spindle-event", &["spindle-sync"]),
    ("spindle-domain", &["spindle-event", "spindle-sync"]),
    ("spindle-capability", &["spindle-sync"]),
    ("spindle-measure", &["spindle-event", "spindle-sync"]),
    ("spindle-clock", &["spindle-event", "spindle-domain", "spindle-sync"]),
    ("spindle-strand", &["spindle-event", "spindle-domain", "spindle-sync"]),
    ("spindle-console", &["spindle-event", "spindle-sync"]),
    ("spindle-reader", &["spindle-event", "spindle-console", "spindle-strand", "spindle-sync"]),
    ("spindle-scheduler", &["spindle-event", "spindle-strand", "spindle-sync"]),
    ("spindle-nameserver", &["spindle-event", "spindle-domain", "spindle-capability", "spindle-sync"]),
    (
        "spindle-control",
        &[
            "spindle-event",
            "spindle-domain",
            "spindle-clock",
            "spindle-console",
            "spindle-strand",
            "spindle-scheduler",
            "spindle-sync",
        ],
    ),
    (
        "spincore",
        &[
            "spindle-sync",
            "spindle-linker",
            "spindle-unwind",
            "spindle-board",
            "spindle-machine",
            "spindle-gic",
            "spindle-uart",
            "spindle-event",
            "spindle-domain",
            "spindle-capability",
            "spindle-measure",
            "spindle-clock",
            "spindle-console",
            "spindle-nameserver",
            "spindle-strand",
            "spindle-scheduler",
            "spindle-reader",
            "spindle-control",
        ],
    ),
    ("spindle-image", &["spincore", "spindle-machine"]),
    ("spindle-protocol", &[]),
    ("spindle-transfer", &[]),
    (
        "spindle-test-kernels",
        &[
            "spindle-protocol",
            "spindle-sync",
            "spindle-board",
            "spindle-machine",
            "spindle-gic",
            "spindle-uart",
            "spincore",
        ],
    ),
    ("spindle-harness", &["spindle-protocol", "spindle-transfer"]),
    (
        "spindle-inputs",
        &["spindle-linker", "spindle-domain", "spindle-nameserver", "spindle-sync", "spindle-transfer"],
    ),
    ("spindle", &["spindle-linker", "spindle-unwind", "spindle-domain"]),
    ("xtask", &["spindle", "spindle-harness", "spindle-protocol", "spindle-transfer", "spindle-linker"]),
];

/// Runs cargo's metadata over the workspace and holds it against the table.
///
/// # Errors
/// When cargo can't be run.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).no_deps();
    let metadata = command.exec().context("cargo metadata failed")?;
    Ok(held_against_table(root, &metadata))
}

fn held_against_table(root: &Path, metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        let manifest = package.manifest_path.as_std_path();
        let manifest = manifest.strip_prefix(root).unwrap_or(manifest);
        for (dependency, kind) in ours(package) {
            if let Err(says) = judge(&package.name, dependency, kind) {
                findings.push(Finding::new(manifest, 0, says));
            }
        }
        if place(&package.name).is_none() {
            let says = format!("`{}` has no row in the table of arrows", package.name);
            findings.push(Finding::new(manifest, 0, says));
        }
    }
    findings
}

/// The dependencies that are in this repository.
fn ours(package: &Package) -> impl Iterator<Item = (&str, DependencyKind)> {
    let in_repository = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    in_repository.map(|dependency| (dependency.name.as_str(), dependency.kind))
}

fn place(name: &str) -> Option<usize> {
    ALLOWED.iter().position(|(known, _)| *known == name)
}

/// Whether the arrow is one of the table; what only tests need may come from anywhere further up in it.
fn judge(from: &str, to: &str, kind: DependencyKind) -> Result<(), String> {
    let (Some(below), Some(above)) = (place(from), place(to)) else {
        return Err(format!("`{from}` depends on `{to}`, which has no row in the table of arrows"));
    };
    let is_listed = ALLOWED.get(below).is_some_and(|(_, allowed)| allowed.contains(&to));
    let is_for_tests = kind == DependencyKind::Development && above < below;
    if is_listed || is_for_tests { Ok(()) } else { Err(format!("`{from}` may not depend on `{to}`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_itself_has_no_circle() {
        for (place_of_row, (from, allowed)) in ALLOWED.iter().enumerate() {
            for to in *allowed {
                assert!(place(to).is_some_and(|place_of_to| place_of_to < place_of_row), "{from} -> {to}");
            }
        }
    }

    #[test]
    fn an_arrow_up_is_found() {
        assert!(judge("spindle-event", "spincore", DependencyKind::Normal).is_err());
        assert!(judge("spindle-linker", "spindle-sync", DependencyKind::Normal).is_err());
        assert!(judge("spindle-machine", "spindle-gic", DependencyKind::Development).is_err());
    }

    #[test]
    fn an_unknown_crate_is_found() {
        assert!(judge("spincore", "spindle-surprise", DependencyKind::Normal).is_err());
    }

    #[test]
    fn an_arrow_of_the_table_is_fine_and_tests_may_look_down_anywhere() {
        assert!(judge("spincore", "spindle-linker", DependencyKind::Normal).is_ok());
        assert!(judge("spindle-event", "spindle-linker", DependencyKind::Development).is_ok());
    }
}

//! An extension's private dependencies: which packages there are, which of them run on the host, which were reviewed.
//!
//! A build script or procedural macro is a program that writes code; what it was built from is part of it. So such a
//! package, and all that only the host's side uses, has to be reviewed before cargo may run it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId, TargetKind};
use serde::Deserialize;

use crate::audit::{Review, Reviewed};
use crate::extension::interfaces::Interfaces;
use crate::sdk::Opened;
use crate::{flags, process};

/// The packages of an extension.
pub struct Graph {
    metadata: Metadata,
    /// Name and version of those that are compiled. cargo's metadata also lists what other features would want.
    used: BTreeSet<(String, String)>,
    checksums: BTreeMap<(String, String), String>,
    /// The root of the extension's workspace, which relative paths of rustc begin at.
    pub workspace: PathBuf,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Graph {
    /// The packages of the extension in `folder`, compiled against `sdk`; writes its lock file where there is none.
    ///
    /// # Errors
    /// When cargo can't make out the dependencies.
    pub fn of(folder: &Path, sdk: &Opened) -> Result<Self> {
        let mut command = MetadataCommand::new();
        command.manifest_path(folder.join("Cargo.toml")).current_dir(&sdk.folder);
        command.other_options(["--filter-platform".to_owned(), sdk.manifest.target.clone()]);
        let metadata = command.exec().context("cargo can't make out its dependencies")?;
        let workspace = PathBuf::from(&metadata.workspace_root);
        let text = std::fs::read_to_string(workspace.join("Cargo.lock")).unwrap_or_default();
        let lock: Lock = toml::from_str(&text).context("its Cargo.lock can't be read")?;
        let checksum = |locked: Locked| Some(((locked.name, locked.version), locked.checksum?));
        let used = used(folder, sdk)?;
        Ok(Self {
            metadata,
            used,
            checksums: lock.package.into_iter().filter_map(checksum).collect(),
            workspace,
        })
    }

    /// What somebody found of exactly this package.
    pub fn review<'r>(&self, id: &PackageId, reviewed: &'r Reviewed) -> Option<&'r Review> {
        let package = &self.metadata[id];
        let (name, version) = (package.name.to_string(), package.version.to_string());
        let checksum = self.checksums.get(&(name.clone(), version.clone()));
        // The checksum is that of the registry's archive; a folder of the same name is something else.
        package.source.as_ref()?;
        reviewed.of(&name, &version, checksum.map(String::as_str))
    }

    /// Refuses packages that run on the host, unless they were reviewed.
    ///
    /// # Errors
    /// Names all of them.
    pub fn refuse_host_code(&self, reviewed: &Reviewed) -> Result<()> {
        let refused: Vec<String> = self
            .host_packages()?
            .into_iter()
            .filter(|(id, _)| !self.review(id, reviewed).is_some_and(|review| review.host))
            .map(|(id, why)| format!("{} {}: {why}", self.metadata[id].name, self.metadata[id].version))
            .collect();
        if !refused.is_empty() {
            bail!(
                "crates would run on this machine and write code unseen:\n  {}\nTake other crates or other features of \
                 them; or have them reviewed: see extensions/reviewed.toml",
                refused.join("\n  ")
            );
        }
        Ok(())
    }

    /// Refuses packages whose crate is called like an interface or like one of the compiler's own, or like one that is
    /// published to it: two of a name, and nobody who reads the source knows which is meant.
    ///
    /// # Errors
    /// Names the first.
    pub fn refuse_names_of(&self, sdk: &Opened, interfaces: &Interfaces<'_>) -> Result<()> {
        for package in &self.metadata.packages {
            let taken =
                |name: &str| sdk.entry(name).is_some_and(|entry| entry.interface || entry.file.is_none());
            let crates = package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Lib));
            let crates: Vec<_> = crates.collect();
            let is_published = |name: &str| interfaces.published_as(&name.replace('-', "_"));
            if let Some(found) = crates.iter().find_map(|target| is_published(&target.name)) {
                let (name, publisher) = (&found.name, &found.publisher);
                bail!(
                    "{} {}: a crate that `{publisher}` publishes is called `{name}`: rename it, or depend on the other \
                     only",
                    package.name,
                    package.version
                );
            }
            if let Some(target) = crates.into_iter().find(|target| taken(&target.name)) {
                let name = &target.name;
                bail!(
                    "{} {}: a crate of the kernel's is called `{name}`: rename it",
                    package.name,
                    package.version
                );
            }
        }
        Ok(())
    }

    /// The manifest of a package that may change at any time, because it is no archive of a registry.
    pub fn local_manifest(&self, id: &PackageId) -> Option<PathBuf> {
        let package = &self.metadata[id];
        package.source.is_none().then(|| package.manifest_path.clone().into())
    }

    /// Where a package is.
    pub fn folder(&self, id: &PackageId) -> &Path {
        let manifest = self.metadata[id].manifest_path.as_std_path();
        manifest.parent().unwrap_or(manifest)
    }

    /// Whether it is the extension itself.
    pub fn is_root(&self, id: &PackageId) -> bool {
        self.metadata.resolve.as_ref().and_then(|resolve| resolve.root.as_ref()) == Some(id)
    }

    /// A package as an author knows it.
    pub fn described(&self, id: &PackageId) -> String {
        let package = &self.metadata[id];
        match &package.source {
            Some(source) if source.is_crates_io() => format!(
                "{} {} of the registry, which nobody reviewed (reviewed.toml says how),",
                package.name, package.version
            ),
            _ => format!("{} {}", package.name, package.version),
        }
    }

    fn host_packages(&self) -> Result<BTreeMap<&PackageId, &'static str>> {
        let resolve = self.metadata.resolve.as_ref().context("cargo gave no dependencies")?;
        let root = resolve.root.as_ref().context("the manifest names no package")?;
        let mut found = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(root, false)];
        while let Some((id, on_host)) = open.pop() {
            if !seen.insert((id, on_host)) {
                continue;
            }
            let package = &self.metadata[id];
            if !self.used.contains(&(package.name.to_string(), package.version.to_string())) {
                continue;
            }
            let is_macro = has(package, &TargetKind::ProcMacro);
            if is_macro {
                found.insert(id, "is a procedural macro");
            } else if has(package, &TargetKind::CustomBuild) {
                found.insert(id, "has a build script");
            } else if on_host {
                found.entry(id).or_insert("is used by a build script or procedural macro");
            }
            let Some(node) = resolve.nodes.iter().find(|node| node.id == *id) else { continue };
            for dependency in &node.deps {
                for kind in &dependency.dep_kinds {
                    match kind.kind {
                        DependencyKind::Normal => open.push((&dependency.pkg, on_host || is_macro)),
                        DependencyKind::Build => open.push((&dependency.pkg, true)),
                        _ => {}
                    }
                }
            }
        }
        Ok(found)
    }
}

/// Name and version of the packages that are compiled with the features that are asked for.
fn used(folder: &Path, sdk: &Opened) -> Result<BTreeSet<(String, String)>> {
    let mut command = flags::cargo(&sdk.manifest.rustflags);
    command.current_dir(&sdk.folder).args(["tree", "--quiet", "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--format", "{p}", "--target", &sdk.manifest.target]);
    let tree = process::output(command.arg("--manifest-path").arg(folder.join("Cargo.toml")))?;
    // `name v1.2.3`, and behind it where it comes from, or that it is a procedural macro.
    let name_and_version = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    Ok(tree.lines().filter_map(name_and_version).collect())
}

fn has(package: &Package, kind: &TargetKind) -> bool {
    package.targets.iter().any(|target| target.kind.contains(kind))
}

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
    /// By name, version and source.
    checksums: BTreeMap<(String, String, String), String>,
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
    source: Option<String>,
    checksum: Option<String>,
}

impl Lock {
    fn checksums(self) -> BTreeMap<(String, String, String), String> {
        let checksum =
            |locked: Locked| Some(((locked.name, locked.version, locked.source?), locked.checksum?));
        self.package.into_iter().filter_map(checksum).collect()
    }
}

impl Graph {
    /// The packages of the extension in `folder`, compiled against `sdk`; writes its lock file where there is none.
    ///
    /// # Errors
    /// When cargo can't make out the dependencies.
    pub fn of(folder: &Path, sdk: &Opened) -> Result<Self> {
        flags::refuse_configuration(&sdk.folder)?;
        let mut command = MetadataCommand::new();
        command.manifest_path(folder.join("Cargo.toml")).current_dir(&sdk.folder);
        command.other_options(["--filter-platform".to_owned(), sdk.manifest.target.clone()]);
        let metadata = command.exec().context("cargo can't make out its dependencies")?;
        let workspace = PathBuf::from(&metadata.workspace_root);
        let text = std::fs::read_to_string(workspace.join("Cargo.lock")).unwrap_or_default();
        let lock: Lock = toml::from_str(&text).context("its Cargo.lock can't be read")?;
        let mut graph = Self { metadata, used: BTreeSet::new(), checksums: lock.checksums(), workspace };
        graph.used = used(folder, graph.root()?, sdk)?;
        Ok(graph)
    }

    /// What somebody found of exactly this package.
    pub fn review<'r>(&self, id: &PackageId, reviewed: &'r Reviewed) -> Option<&'r Review> {
        let package = &self.metadata[id];
        let (name, version) = (package.name.to_string(), package.version.to_string());
        // The checksum is that of the registry's archive; a folder or repository of the same name is something else.
        let source = package.source.as_ref()?.repr.clone();
        let checksum = self.checksums.get(&(name.clone(), version.clone(), source));
        reviewed.of(&name, &version, checksum.map(String::as_str))
    }

    /// Refuses manifests that turn on what is unfinished in cargo, flags of the compiler for one: some builds of cargo allow it.
    ///
    /// # Errors
    /// Names the manifest and the feature.
    pub fn refuse_unfinished(&self) -> Result<()> {
        #[derive(Deserialize)]
        struct Manifest {
            #[serde(default, rename = "cargo-features")]
            features: Vec<String>,
        }
        let local = self.metadata.packages.iter().filter_map(|package| self.local_manifest(&package.id));
        for path in local.chain([self.workspace.join("Cargo.toml")]) {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
            let manifest: Manifest =
                toml::from_str(&text).with_context(|| format!("{} can't be read", path.display()))?;
            if let Some(feature) = manifest.features.first() {
                bail!("{} turns on `{feature}`, which is unfinished in cargo: remove it", path.display());
            }
        }
        Ok(())
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
        let published = |name: &str| interfaces.published_as(&name.replace('-', "_"));
        let is_kernels = |name: &str| {
            let entry = sdk.entry(&name.replace('-', "_"));
            entry.is_some_and(|entry| entry.interface || entry.file.is_none())
        };
        for (package, name) in self.names() {
            let Package { name: of, version, .. } = &self.metadata[package];
            if let Some(found) = published(name) {
                let (name, publisher) = (&found.name, &found.publisher);
                bail!(
                    "{of} {version}: a crate that `{publisher}` publishes is called `{name}`: rename it, or depend on \
                     the other only"
                );
            }
            if is_kernels(name) {
                bail!("{of} {version}: a crate of the kernel's is called `{name}`: rename it");
            }
        }
        Ok(())
    }

    /// Each library, with its own name and with those by which others depend on it.
    fn names(&self) -> impl Iterator<Item = (&PackageId, &str)> {
        let libraries = self.metadata.packages.iter().flat_map(|package| {
            let targets = package.targets.iter().filter(|target| !target.kind.iter().all(is_no_library));
            targets.map(|target| (&package.id, &*target.name))
        });
        let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let renamed = nodes.flat_map(|node| node.deps.iter().map(|other| (&other.pkg, &*other.name)));
        libraries.chain(renamed)
    }

    /// The extension itself, as cargo names it.
    ///
    /// # Errors
    /// When the manifest is that of no package.
    pub fn root(&self) -> Result<&PackageId> {
        let resolve = self.metadata.resolve.as_ref().context("cargo gave no dependencies")?;
        resolve.root.as_ref().context("the manifest names no package")
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
        let root = self.root()?;
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
            let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
            let Some(node) = nodes.into_iter().find(|node| node.id == *id) else { continue };
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
fn used(folder: &Path, root: &PackageId, sdk: &Opened) -> Result<BTreeSet<(String, String)>> {
    let mut command = flags::cargo(&sdk.manifest.rustflags);
    command.current_dir(&sdk.folder).args(["tree", "--quiet", "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--format", "{p}", "--target", &sdk.manifest.target]);
    // Its workspace's manifest may say that another package is meant where none is named.
    command.args(["--package", &root.repr]);
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

fn is_no_library(kind: &TargetKind) -> bool {
    use TargetKind::{Bench, Bin, CustomBuild, Example, Test};
    matches!(kind, Bench | Bin | CustomBuild | Example | Test)
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_checksum_is_that_of_one_source() {
        let text = "[[package]]\nname = 'a'\nversion = '1.0.0'\nsource = 'registry+r'\nchecksum = 'c0'\n\
                    [[package]]\nname = 'a'\nversion = '1.0.0'\nsource = 'git+g'\n\
                    [[package]]\nname = 'a'\nversion = '1.0.0'";
        let lock: Lock = toml::from_str(text).expect("sound");
        let checksums = lock.checksums();
        let of = |source: &str| checksums.get(&("a".to_owned(), "1.0.0".to_owned(), source.to_owned()));
        assert_eq!(of("registry+r").map(String::as_str), Some("c0"));
        assert!(of("git+g").is_none() && checksums.len() == 1);
    }
}

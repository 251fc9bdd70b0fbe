//! Compiles an extension's crates, and audits the files they were compiled from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Result, anyhow, bail};

use crate::audit::{self, Reviewed};
use crate::compile::{self, Compiled};
use crate::extension::content::Content;
use crate::extension::dependencies::Graph;
use crate::extension::{Package, sources};
use crate::flags;
use crate::sdk::Opened;

/// An extension's crates, compiled.
pub struct Crates {
    /// Those for the target; the extension's own is the last.
    pub all: Vec<Compiled>,
    graph: Graph,
    folder: PathBuf,
}

impl Crates {
    /// Compiles `package` and its private dependencies below `target`, under names that tell what they are compiled from, and
    /// scans the sources of every crate; returns the files that all were made of. Those of the last time are in `list`.
    ///
    /// # Errors
    /// When a dependency, the compiler or the audit refuse.
    pub fn make(
        package: &Package<'_>,
        sdk: &Opened,
        reviewed: &Reviewed,
        (target, list): (&Path, &Path),
    ) -> Result<(Self, BTreeSet<PathBuf>)> {
        let mut content = Content::guess(list);
        loop {
            let crates = Self::compile(package, &content, sdk, reviewed, target)?;
            let (all, private) = crates.audit(reviewed)?;
            // Which files those are is certain only now.
            let found = Content::of(&all, &private)?;
            if found == content {
                return Ok((crates, all));
            }
            content = found;
        }
    }

    /// Compiles them; refuses code that would run on the host before any of it runs.
    fn compile(
        package: &Package<'_>,
        content: &Content,
        sdk: &Opened,
        reviewed: &Reviewed,
        target: &Path,
    ) -> Result<Self> {
        let Package { folder, manifest, interfaces, .. } = *package;
        let triple = &sdk.manifest.target;
        let graph = Graph::of(folder, sdk)?;
        graph.refuse_host_code(reviewed)?;
        graph.refuse_names_of(sdk, interfaces)?;
        let mut flags = flags::extension(&sdk.manifest.rustflags, package.owner, &graph.workspace);
        flags.push(content.of_each());
        let mut command = flags::cargo(&flags);
        // Not in the extension's own folder: its configuration of cargo doesn't count.
        command.current_dir(&sdk.folder).args([
            "rustc",
            "--quiet",
            "--release",
            "--lib",
            "--crate-type",
            "rlib",
        ]);
        command.args(["--target", triple]).arg("--target-dir").arg(target.join(&manifest.name));
        command.arg("--manifest-path").arg(folder.join("Cargo.toml"));
        for (key, value) in &sdk.manifest.profile {
            command.arg("--config").arg(format!("profile.release.{key}={value}"));
        }
        if package.is_silent {
            command.stderr(Stdio::null());
        }
        let mut options = vec!["-Funsafe_code".to_owned(), content.of_package()];
        options.extend(interfaces.compiler_options()?);
        let compiled = compile::run_with(command, &options);
        let mut all = compiled.map_err(|error| explained(error, folder))?;
        all.retain(|found| {
            !found.is_macro && found.files.iter().any(|path| path.iter().any(|part| part == &**triple))
        });
        // cargo tells of them in the order in which they happened to be ready; what is linked must not depend on it.
        all.sort_by_key(|found| (graph.is_root(&found.package), found.files.clone()));
        Ok(Self { all, graph, folder: folder.to_owned() })
    }

    /// Scans the sources of every crate; returns the files that all were made of, and those of private dependencies that can
    /// change.
    fn audit(&self, reviewed: &Reviewed) -> Result<(BTreeSet<PathBuf>, BTreeSet<PathBuf>)> {
        let mut all: BTreeSet<PathBuf> = self.graph.local_manifests().collect();
        let mut private = BTreeSet::new();
        let mut reports = Vec::new();
        for found in &self.all {
            let sources = sources::of(found, &self.graph.workspace)?;
            let review = self.graph.review(&found.package, reviewed);
            let mut findings = Vec::new();
            for source in &sources {
                findings.extend(audit::scan(source)?);
            }
            findings.retain(|finding| !review.is_some_and(|review| review.covers(finding)));
            if !findings.is_empty() {
                let krate = self.graph.described(&found.package);
                reports.push(audit::report(&krate, &self.folder, &findings));
            }
            if self.graph.is_local(&found.package) && !self.graph.is_root(&found.package) {
                private.extend(sources.iter().cloned());
            }
            all.extend(sources);
        }
        if reports.is_empty() {
            Ok((all, private))
        } else {
            bail!("the audit refuses it:\n{}", reports.join("\n"))
        }
    }
}

/// The compiler's refusal, with what the audit says of the extension's own sources: the lint against `unsafe` names no way out.
fn explained(error: anyhow::Error, folder: &Path) -> anyhow::Error {
    let findings: Vec<_> =
        rust_files(&folder.join("src")).iter().filter_map(|path| audit::scan(path).ok()).flatten().collect();
    if findings.is_empty() {
        return error;
    }
    anyhow!("{error}\n{}", audit::report("This may be why: it", folder, &findings))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

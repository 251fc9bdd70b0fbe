//! Compiles an extension's crates, and audits the files they were compiled from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::audit::{self, Reviewed};
use crate::compile::{self, Compiled};
use crate::extension::Package;
use crate::extension::content::{Content, Inputs};
use crate::extension::dependencies::Graph;
use crate::extension::sources::{Sources, rust_files};
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
    /// Compiles `package` and its private dependencies below `target`, as what `content` says; refuses code that would run on
    /// the host before any of it runs.
    ///
    /// # Errors
    /// When a dependency or the compiler refuse.
    pub fn compile(
        package: &Package<'_>,
        sdk: &Opened,
        reviewed: &Reviewed,
        content: &Content,
        target: &Path,
    ) -> Result<Self> {
        let Package { folder, manifest, interfaces, .. } = *package;
        let triple = &sdk.manifest.target;
        let graph = Graph::of(folder, sdk)?;
        graph.refuse_unfinished()?;
        graph.refuse_host_code(reviewed)?;
        graph.refuse_names_of(sdk, interfaces)?;
        let products = target.join(&manifest.name);
        fs::create_dir_all(&products).with_context(|| format!("can't make {}", products.display()))?;
        let rustflags =
            flags::extension(&sdk.manifest.rustflags, package.owner, content.private, &graph.workspace);
        let mut command = flags::cargo(&rustflags);
        // Not in the extension's own folder: its configuration of cargo doesn't count.
        command.current_dir(&sdk.folder).args([
            "rustc",
            "--quiet",
            "--release",
            "--lib",
            "--crate-type",
            "rlib",
        ]);
        command.args(["--target", triple]).arg("--target-dir").arg(&products);
        command.arg("--manifest-path").arg(folder.join("Cargo.toml"));
        command.args(["--package", &graph.root()?.repr]);
        // The kernel's own crates and core are compiled without cleaning up. The compiler would inline their functions as such into those of
        // an extension, before it generates code, and leave out the cleaning up of these; it does not where it compiles
        // incrementally.
        let own = [("incremental".to_owned(), toml::Value::Boolean(true))];
        let of_kernel =
            sdk.manifest.profile.iter().filter(|(key, _)| !matches!(&***key, "incremental" | "panic"));
        for (key, value) in of_kernel.chain(own.iter().map(|(key, value)| (key, value))) {
            command.arg("--config").arg(format!("profile.release.{key}={value}"));
        }
        let said = products.join("said");
        if package.is_silent {
            command.stderr(fs::File::create(&said)?);
        }
        let mut options = vec!["-Funsafe_code".to_owned(), format!("-Cmetadata={}", content.own)];
        options.extend(interfaces.compiler_options()?);
        let compiled = compile::run_with(command, &options);
        let words =
            || if package.is_silent { fs::read_to_string(&said).unwrap_or_default() } else { String::new() };
        let mut all = compiled.map_err(|error| explained(anyhow!("{error}{}", words()), folder))?;
        all.retain(|found| {
            !found.is_macro && found.files.iter().any(|path| path.iter().any(|part| part == &**triple))
        });
        // cargo tells of them in the order in which they happened to be ready; what is linked must not depend on it.
        all.sort_by_key(|found| (graph.is_root(&found.package), found.files.clone()));
        Ok(Self { all, graph, folder: folder.to_owned() })
    }

    /// What they were compiled from.
    ///
    /// # Errors
    /// When rustc left no word of it.
    pub fn inputs(&self) -> Result<Inputs> {
        let of = |found: &Compiled| {
            let package = &found.package;
            let sources = Sources::of(found, self.graph.folder(package), &self.graph.workspace)?;
            Ok(Sources {
                is_own: self.graph.is_root(package),
                manifest: self.graph.local_manifest(package),
                ..sources
            })
        };
        Ok(Inputs {
            lock: self.graph.workspace.join("Cargo.lock"),
            crates: self.all.iter().map(of).collect::<Result<_>>()?,
        })
    }

    /// Scans the sources of every crate, which are `inputs`.
    ///
    /// # Errors
    /// When one holds what no extension may, and no review covers it.
    pub fn audit(&self, inputs: &Inputs, reviewed: &Reviewed) -> Result<()> {
        let mut reports = Vec::new();
        for (found, sources) in self.all.iter().zip(&inputs.crates) {
            let review = self.graph.review(&found.package, reviewed);
            let mut findings = Vec::new();
            for source in &sources.files {
                findings.extend(audit::scan(source)?);
            }
            findings.retain(|finding| !review.is_some_and(|review| review.covers(finding)));
            if !findings.is_empty() {
                let krate = self.graph.described(&found.package);
                reports.push(audit::report(&krate, &self.folder, &findings));
            }
        }
        if reports.is_empty() { Ok(()) } else { bail!("the audit refuses it:\n{}", reports.join("\n")) }
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

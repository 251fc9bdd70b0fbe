//! Builds one extension: its crate and private dependencies against the SDK, audited, linked into one object, signed.
//!
//! cargo compiles, because private dependencies come from its registry, but with this tool's flags and not with the author's:
//! the interface crates are handed to rustc as `.rmeta` files of the SDK, and only those that the manifest names.
//! Nothing here knows the kernel's checkout; the SDK's folder is enough.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use ed25519_dalek::SigningKey;
use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness};
use spindle_linker::note::{self, NoteWriter};

use crate::audit::{self, Reviewed};
use crate::compile::{self, Compiled};
use crate::digest::Digest;
use crate::extension::dependencies::Graph;
use crate::extension::manifest::Manifest;
use crate::sdk::{Entry, Opened, put};
use crate::stamp::Stamp;
use crate::tools::Linker;
use crate::{flags, process, repository, sign, symbols};

pub(crate) mod dependencies;
pub(crate) mod manifest;
pub(crate) mod sources;

/// Where the objects of this checkout are.
pub(crate) fn products() -> PathBuf {
    repository::out().join("extensions")
}

/// Builds extensions against one SDK, with one key, into one folder.
pub(crate) struct Builder {
    sdk: Opened,
    key: SigningKey,
    products: PathBuf,
}

/// Between compiling and linking.
struct Crates {
    /// The extension's own, first its dependencies.
    all: Vec<Compiled>,
    graph: Graph,
}

impl Builder {
    /// For the SDK in `sdk` and the key in the file `key`, else the development key; objects go into `products`.
    ///
    /// # Errors
    /// When SDK or key can't be read.
    pub(crate) fn new(sdk: &Path, key: Option<&Path>, products: &Path) -> Result<Self> {
        let key = key.map_or_else(sign::development, sign::read)?;
        fs::create_dir_all(products).with_context(|| format!("can't make {}", products.display()))?;
        Ok(Self { sdk: Opened::open(sdk)?, key, products: products.to_owned() })
    }

    /// Builds the extension in `folder`; returns where its signed object is. Does nothing where nothing changed.
    ///
    /// # Errors
    /// When it isn't an extension, the compiler or the audit refuse it, or it needs what the kernel doesn't export.
    pub(crate) fn build(&self, folder: &Path) -> Result<PathBuf> {
        let folder = folder
            .canonicalize()
            .with_context(|| format!("there is no extension in {}", folder.display()))?;
        let manifest = Manifest::read(&folder)?;
        let name = &manifest.name;
        self.build_named(&manifest, &folder).with_context(|| format!("the extension `{name}` can't be built"))
    }

    fn build_named(&self, manifest: &Manifest, folder: &Path) -> Result<PathBuf> {
        let product = self.products.join(format!("{}.spx", manifest.name));
        let list = self.products.join(format!("{}.sources", manifest.name));
        let interfaces = self.sdk.closure(&manifest.interfaces)?;
        if self.stamp(&product, folder, &list, &interfaces)?.is_current(&[&product, &list]) {
            return Ok(product);
        }
        self.stamp(&product, folder, &list, &interfaces)?.clear()?;
        let crates = self.compile(manifest, folder, &interfaces)?;
        let sources = self.audit(&crates)?;
        let object = self.link(manifest, &crates, &interfaces)?;
        let allowed = audit::object::Allowed {
            sdk: &self.sdk,
            imports: self.importable(&interfaces),
            own: crates.all.iter().map(|found| &*found.name).collect(),
        };
        audit::object::check(&object, &allowed)
            .map_err(|wrong| anyhow!("the object is refused:\n  {wrong}"))?;
        fs::write(&product, sign::sign(&object, &self.key))?;
        put(&list, sources::listed(&sources).as_bytes())?;
        self.stamp(&product, folder, &list, &interfaces)?.write()?;
        Ok(product)
    }

    /// All that the object is made of: interfaces, key, tools, and the files that the compiler read the last time.
    fn stamp(&self, product: &Path, folder: &Path, list: &Path, interfaces: &[&Entry]) -> Result<Stamp> {
        let mut stamp = Stamp::new(product)?;
        stamp.value("compiler", &self.sdk.manifest.rustc);
        stamp.value("flags", &format!("{:?} {:?}", self.sdk.manifest.rustflags, self.sdk.manifest.profile));
        for entry in interfaces {
            stamp.value(&entry.name, entry.sha256.as_deref().unwrap_or_default());
        }
        stamp.value("key", &Digest(self.key.verifying_key().to_bytes()).to_string());
        stamp.written(&self.sdk.folder.join("extension.ld"))?;
        stamp.written(&self.sdk.folder.join("reviewed.toml"))?;
        stamp.written(&folder.join("Cargo.toml"))?;
        stamp.written(&folder.join("Cargo.lock"))?;
        for source in fs::read_to_string(list).unwrap_or_default().lines() {
            stamp.written(Path::new(source))?;
        }
        Ok(stamp)
    }

    /// Compiles the extension; refuses code that would run on the host before any of it runs.
    fn compile(&self, manifest: &Manifest, folder: &Path, interfaces: &[&Entry]) -> Result<Crates> {
        let graph = Graph::of(folder, &self.sdk.manifest.target)?;
        graph.refuse_host_code(&self.reviewed()?)?;
        let rustflags = flags::extension(&self.sdk.manifest.rustflags, &manifest.name, &graph.workspace);
        let mut command = flags::cargo(&rustflags);
        // Not in the extension's own folder: its configuration of cargo doesn't count.
        command.current_dir(&self.sdk.folder).args(["rustc", "--quiet", "--release", "--lib"]);
        command.args(["--crate-type", "rlib", "--target", &self.sdk.manifest.target]);
        command.arg("--manifest-path").arg(folder.join("Cargo.toml"));
        command.arg("--target-dir").arg(self.products.join("target").join(&manifest.name));
        for (key, value) in &self.sdk.manifest.profile {
            command.arg("--config").arg(format!("profile.release.{key}={value}"));
        }
        let all = compile::run_with(command, &self.compiler_options(manifest, interfaces)?)?;
        let is_for_target = |found: &Compiled| {
            !found.is_macro
                && found.files.iter().any(|path| path.iter().any(|part| part == &*self.sdk.manifest.target))
        };
        Ok(Crates { all: all.into_iter().filter(is_for_target).collect(), graph })
    }

    /// Options for the extension's own crate. The digest makes cargo compile anew when an interface changed: it knows
    /// nothing of files that are named here.
    fn compiler_options(&self, manifest: &Manifest, interfaces: &[&Entry]) -> Result<Vec<String>> {
        let folder = self.sdk.folder.join("metadata");
        let mut options = vec!["-Funsafe_code".to_owned(), format!("-Ldependency={}", folder.display())];
        for name in &manifest.interfaces {
            let entry = self.sdk.entry(name).with_context(|| format!("the SDK has no `{name}`"))?;
            let file = entry.file.as_ref().with_context(|| format!("`{name}` has no metadata"))?;
            options.push(format!("--extern={}={}", entry.name, folder.join(file).display()));
        }
        let digests: Vec<&str> = interfaces.iter().filter_map(|entry| entry.sha256.as_deref()).collect();
        options.push(format!("-Cmetadata={}", Digest::of(digests.concat().as_bytes())));
        Ok(options)
    }

    /// Scans the sources of every crate that wasn't reviewed; returns the sources of all.
    fn audit(&self, crates: &Crates) -> Result<BTreeSet<PathBuf>> {
        let reviewed = self.reviewed()?;
        let mut all = BTreeSet::new();
        let mut findings = Vec::new();
        for found in &crates.all {
            let sources = sources::of(found, &crates.graph.workspace)?;
            if !crates.graph.is_reviewed(&found.package, &reviewed) {
                for source in &sources {
                    findings.extend(audit::scan(source)?.iter().map(ToString::to_string));
                }
            }
            all.extend(sources);
        }
        if !findings.is_empty() {
            bail!(
                "the audit refuses it:\n  {}\nA crate of the registry that needs such things has to be reviewed: see \
                 extensions/reviewed.toml",
                findings.join("\n  ")
            );
        }
        Ok(all)
    }

    /// Links all crates and the note into one relocatable object.
    fn link(&self, manifest: &Manifest, crates: &Crates, interfaces: &[&Entry]) -> Result<Vec<u8>> {
        let folder = self.products.join("target");
        let file = |suffix: &str| folder.join(format!("{}.{suffix}", manifest.name));
        let (note, linked) = (file("note.o"), file("o"));
        fs::write(&note, self.note(manifest, interfaces)?)?;
        let library = |found: &Compiled| {
            let path =
                found.file("rlib").with_context(|| format!("cargo made no library of {}", found.name))?;
            anyhow::Ok(path.to_owned())
        };
        let Some((own, private)) = crates.all.split_last() else { bail!("cargo made nothing of it") };
        let mut command = Linker::find()?.command();
        command.args(["-r", "--gc-sections", "-s", "--fatal-warnings", "--build-id=none"]);
        command.arg("-T").arg(self.sdk.folder.join("extension.ld"));
        command.arg("--whole-archive").arg(library(own)?).arg("--no-whole-archive");
        for found in private.iter().rev() {
            command.arg(library(found)?);
        }
        process::run(command.arg(&note).arg("-o").arg(&linked))?;
        fs::read(&linked).with_context(|| format!("can't read {}", linked.display()))
    }

    /// An object with the note alone.
    fn note(&self, manifest: &Manifest, interfaces: &[&Entry]) -> Result<Vec<u8>> {
        let mut note = NoteWriter::for_extension(&manifest.name, &self.sdk.manifest.rustc);
        for entry in interfaces {
            let digest = Digest::parse(entry.sha256.as_deref().unwrap_or_default())?;
            note = note.interface(&entry.name, &digest.into());
        }
        let note = note.finish().map_err(|error| anyhow!("its note can't be written: {error}"))?;
        let mut object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
        let section = symbols::section(&mut object, note::SECTION);
        object.append_section_data(section, &note, 1);
        Ok(object.write()?)
    }

    fn reviewed(&self) -> Result<Reviewed> {
        Reviewed::read(&self.sdk.folder.join("reviewed.toml"))
    }

    /// Crates whose symbols it may import: those it named, what they are built on, and the compiler's own.
    fn importable<'a>(&'a self, interfaces: &[&'a Entry]) -> BTreeSet<&'a str> {
        let compilers = self.sdk.manifest.crates.iter().filter(|entry| entry.file.is_none());
        interfaces.iter().copied().chain(compilers).map(|entry| &*entry.name).collect()
    }
}

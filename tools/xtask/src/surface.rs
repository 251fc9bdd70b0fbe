//! What an extension can see of the kernel: the interface crates with all they are built on, and the symbols these export.
//!
//! Made from one build of the kernel, from the very files that cargo reported for it, so that image and SDK can't disagree.
//! rustc itself computes the exported surface of a crate: in its objects, GLOBAL with DEFAULT visibility means reachable
//! from other crates. A few names are added: memory functions that the compiler calls on its own, and the allocator's and the
//! panic's entries, which rustc makes for the final product only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use spindle::compile::Compiled;
use spindle::digest::Digest;
use spindle_linker::note::NoteWriter;

use crate::symbols::{self, Export};
use crate::{flags, repository};

/// The folder whose crates are interfaces.
const INTERFACES: &str = "kernel/interface";

/// Crates that come with the compiler. They have no digest: their symbols carry the compiler's version.
const COMPILERS: [&str; 3] = ["core", "alloc", "compiler_builtins"];

/// A crate that extensions link to.
#[derive(Clone, Debug)]
pub(crate) struct Crate {
    /// Its name, with underscores.
    pub(crate) name: String,
    /// Version of its package; the compiler's for the compiler's own.
    pub(crate) version: String,
    /// Whether an extension may name it; the others are what it is built on.
    pub(crate) is_interface: bool,
    /// What dependents are compiled against; the compiler's own crates have none that matters.
    pub(crate) metadata: Option<PathBuf>,
    /// Digest of that file, zeros without it.
    pub(crate) digest: Digest,
    /// Its code.
    pub(crate) library: PathBuf,
    /// The crates out of this list that it names.
    pub(crate) needs: Vec<String>,
}

/// Crates and symbols; a symbol's home is an index into the crates.
#[derive(Clone, Debug)]
pub(crate) struct Surface {
    /// The compiler's version.
    pub(crate) rustc: String,
    /// Interface crates by name, then what they are built on by name, then the compiler's own.
    pub(crate) crates: Vec<Crate>,
    /// Sorted by hash.
    pub(crate) exports: Vec<Export>,
}

impl Surface {
    /// Reads it from what cargo made of the kernel; `archive` is the kernel's static library.
    ///
    /// # Errors
    /// When an interface crate isn't part of the kernel, a file can't be read, or two names have one hash.
    pub(crate) fn of(compiled: &[Compiled], archive: &Path) -> Result<Self> {
        let (rustc, _) = flags::rustc_version()?;
        let mut crates = own_crates(compiled)?;
        for name in COMPILERS {
            crates.push(Crate {
                name: name.to_owned(),
                version: rustc.clone(),
                is_interface: false,
                metadata: None,
                digest: Digest::default(),
                library: compilers_library(name)?,
                needs: Vec::new(),
            });
        }
        let mut exports = Vec::new();
        // What an extension needs of `alloc` is linked into it: there it allocates from the extension's heap.
        for (home, found) in crates.iter().enumerate().filter(|(_, found)| found.name != "alloc") {
            exports.extend(symbols::exported(&found.library, home)?);
        }
        let home = |name: &str| COMPILERS.iter().position(|own| *own == name).map(|at| crates.len() - 3 + at);
        exports.extend(symbols::shims(archive, home("alloc").unwrap_or(0), home("core").unwrap_or(0))?);
        symbols::sort(&mut exports)?;
        let growth = symbols::shared_growth(&exports);
        if !growth.is_empty() {
            bail!(
                "extensions would grow lists by `{}` of an interface: use `extend` there",
                growth.join("`, `")
            );
        }
        Ok(Self { rustc, crates, exports })
    }
}

impl Surface {
    /// The kernel's note, `.kdeps`: its order of crates is the numbering of homes.
    ///
    /// # Errors
    /// When the kernel wouldn't take it.
    pub(crate) fn note(&self) -> Result<Vec<u8>> {
        let note = NoteWriter::for_kernel(&self.rustc);
        let note =
            self.crates.iter().fold(note, |note, found| note.interface(&found.name, &found.digest.into()));
        note.finish().map_err(|error| anyhow!("the kernel's note can't be written: {error}"))
    }
}

/// The interface crates and what they are built on, each half sorted by name.
fn own_crates(compiled: &[Compiled]) -> Result<Vec<Crate>> {
    let metadata = metadata()?;
    let built: BTreeMap<&PackageId, &Compiled> =
        compiled.iter().map(|found| (&found.package, found)).collect();
    let resolve = metadata.resolve.as_ref().context("`cargo metadata` gave no dependencies")?;
    let needs: BTreeMap<&PackageId, Vec<&PackageId>> = resolve
        .nodes
        .iter()
        .map(|node| {
            let normal = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            (&node.id, normal.map(|dependency| &dependency.pkg).filter(|id| built.contains_key(id)).collect())
        })
        .collect();
    let root = repository::root().join(INTERFACES);
    let interfaces: BTreeSet<&PackageId> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.manifest_path.starts_with(&root))
        .map(|package| &package.id)
        .collect();
    let mut closure = interfaces.clone();
    let mut open: Vec<&PackageId> = interfaces.iter().copied().collect();
    while let Some(id) = open.pop() {
        open.extend(needs.get(id).into_iter().flatten().filter(|need| closure.insert(need)));
    }
    let mut crates = Vec::new();
    for id in closure {
        let package = &metadata[id];
        let found = built.get(id).ok_or_else(|| {
            anyhow!(
                "{} is an interface, but no part of the kernel: let kernel/spincore depend on it",
                package.name
            )
        })?;
        if found.is_macro {
            bail!(
                "{}: an interface can't be built on a procedural macro: extensions have no use for it",
                package.name
            );
        }
        let file = |extension| {
            found.file(extension).ok_or_else(|| anyhow!("cargo made no {extension} of {}", found.name))
        };
        crates.push(Crate {
            name: found.name.clone(),
            version: package.version.to_string(),
            is_interface: interfaces.contains(id),
            metadata: Some(file("rmeta")?.to_owned()),
            digest: Digest::of_file(file("rmeta")?)?,
            library: file("rlib")?.to_owned(),
            needs: needs.get(id).into_iter().flatten().map(|need| built[need].name.clone()).collect(),
        });
    }
    crates.sort_by(|one, other| (!one.is_interface, &one.name).cmp(&(!other.is_interface, &other.name)));
    Ok(crates)
}

fn metadata() -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(repository::root().join("Cargo.toml"));
    command.other_options(["--filter-platform".to_owned(), flags::TARGET.to_owned()]);
    command.exec().context("`cargo metadata` failed")
}

/// The library of a crate that comes with the compiler, for the bare target.
fn compilers_library(name: &str) -> Result<PathBuf> {
    let folder = flags::sysroot()?.join("lib/rustlib").join(flags::TARGET).join("lib");
    let mut found = Vec::new();
    for entry in
        folder.read_dir().with_context(|| format!("no {name} for {}: `./x` installs it", flags::TARGET))?
    {
        let path = entry?.path();
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        if file.starts_with(&format!("lib{name}-"))
            && path.extension().is_some_and(|extension| extension == "rlib")
        {
            found.push(path);
        }
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => bail!("no {name} in {}: `./x` installs it", folder.display()),
        _ => bail!("more than one {name} in {}: remove what another compiler left there", folder.display()),
    }
}

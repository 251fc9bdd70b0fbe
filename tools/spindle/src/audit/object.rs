//! The audit of an extension's object: what it defines, what it imports, how it is to be relocated.
//!
//! It begins with the kernel's own linker, run here on the same bytes, so that what is built can also be loaded. Then comes
//! what the kernel can't know: which crates are the extension's own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};
use rustc_demangle::demangle;
use spindle_domain::EntryRecord;
use spindle_linker::object::Place;
use spindle_linker::resolve::Cause;
use spindle_linker::{CrateSet, EntryShape, Export, Exports, Interface, LinkError, Object, resolve};

use crate::digest::Digest;
use crate::published::{Published, folder_name};
use crate::sdk::Opened;

/// How `extension!` lays the entry record out: a 64-bit host lays it out as the target does.
pub const ENTRY: EntryShape = EntryShape {
    magic: EntryRecord::MAGIC,
    abi: EntryRecord::ABI,
    bytes: size_of::<EntryRecord>(),
    name_at: EntryRecord::NAME_AT,
    functions_at: &[EntryRecord::INIT_AT],
    optional_functions_at: &[EntryRecord::GIVE_AT, EntryRecord::TAKE_AT],
};

/// What the object of one extension may be made of.
pub struct Allowed<'a> {
    /// The kernel it is built for.
    pub sdk: &'a Opened,
    /// The crates of other extensions that it is built against.
    pub published: Vec<&'a Published>,
    /// Names of the crates that it may import from.
    pub imports: BTreeSet<&'a str>,
    /// Names of its own crates, where they are known: a finished object doesn't say which they are.
    pub own: Option<BTreeSet<&'a str>>,
    /// What the compiler's `alloc` defines, which each object has for itself; empty for a finished object.
    pub alloc: BTreeSet<String>,
}

/// Checks the object in `bytes`.
///
/// # Errors
/// All that is wrong with it, a line each.
pub fn check(bytes: &[u8], allowed: &Allowed<'_>) -> Result<()> {
    let object = parsed(bytes)?;
    let mut wrong = Vec::new();
    let kernel = Kernel::of(allowed)?;
    if let Err(refused) = resolve(&object, &kernel, &kernel.set(&allowed.imports)) {
        wrong.extend(refused.causes().iter().map(advice));
    }
    let kernels = kernel.roots();
    let defined =
        object.symbols().iter().filter(|symbol| symbol.is_global() && symbol.place() != Place::Import);
    let is_own = |name: &str| {
        allowed.alloc.contains(name) || allowed.own.as_ref().is_none_or(|own| is_own(name, own, &kernels))
    };
    for name in defined.map(|symbol| symbol.name()).filter(|name| !is_own(name)) {
        wrong.push(format!("it defines `{:#}`, which belongs to none of its crates", demangle(name)));
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n  ")) }
}

/// Checks an object that was built before: that a kernel of this SDK would load it with every grant. The folders of what other
/// extensions publish to it are in `published`.
///
/// # Errors
/// All that is wrong with it, a line each.
pub fn check_finished(bytes: &[u8], sdk: &Opened, published: &Path) -> Result<()> {
    let object = parsed(bytes)?;
    let names = object.note().interfaces().iter().map(|interface| interface.name);
    let found = names
        .filter(|name| sdk.entry(name).is_none())
        .map(|name| Published::open(&published.join(folder_name(name)), sdk))
        .collect::<Result<Vec<_>>>()?;
    let kernels = sdk.manifest.crates.iter().map(|entry| &*entry.name);
    let imports = kernels.chain(found.iter().map(|found| &*found.name)).collect();
    check(
        bytes,
        &Allowed { sdk, published: found.iter().collect(), imports, own: None, alloc: BTreeSet::new() },
    )
}

fn parsed(bytes: &[u8]) -> Result<Object<'_>> {
    match Object::parse(bytes, &ENTRY) {
        Err(LinkError::Object(error)) if !bytes.windows(10).any(|name| name == b".ext.entry") => {
            bail!("there is no entry: say `extension! {{ name: \"...\", init: init }}` once ({error})")
        }
        parsed => parsed.map_err(|error| anyhow::anyhow!("{error}")),
    }
}

/// The reason in the author's words, where the linker's are those of somebody who loads a finished object.
fn advice(cause: &Cause) -> String {
    match cause {
        Cause::Missing { symbol } => format!(
            "it needs `{:#}`, which the kernel doesn't export; if that is the compiler's doing, use other types",
            demangle(symbol)
        ),
        Cause::Forbidden { symbol, home } | Cause::Undeclared { symbol, home } => format!(
            "it needs `{:#}` of `{home}`: name that crate in `interfaces`, and load it with a grant that has it",
            demangle(symbol)
        ),
        other => other.to_string(),
    }
}

/// Whether `name` is mangled and speaks of one of the extension's own crates: as its home, or, behind the rest, as the one
/// that made an instance of another's generic function. A crate that is only called like the kernel's is told apart.
fn is_own(name: &str, own: &BTreeSet<&str>, kernels: &BTreeSet<String>) -> bool {
    name.starts_with("_R") && own.iter().any(|of| roots(name, of).any(|root| !kernels.contains(root)))
}

/// Where `mangled` names a crate called `krate`: `Cs`, its identity, `_`, length, name, of which all behind `Cs` is returned
/// (rustc book, "v0 Symbol Format", crate root). A second mention of the same crate refers back to the first.
fn roots<'m>(mangled: &'m str, krate: &str) -> impl Iterator<Item = &'m str> {
    let named = format!("_{}{krate}", krate.len());
    let ends: Vec<usize> = mangled.match_indices(&named).map(|(at, _)| at).collect();
    ends.into_iter().filter_map(move |end| {
        let start =
            mangled[..end].rfind(|letter: char| !letter.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        let identity = start + mangled[start..end].rfind("Cs")? + 2;
        mangled.get(identity..end + named.len())
    })
}

/// SDK and published crates as the linker sees a kernel with all of them loaded. Nothing has an address here.
struct Kernel<'a> {
    sdk: &'a Opened,
    published: &'a [&'a Published],
    crates: Vec<(&'a str, spindle_linker::Digest)>,
    numbers: BTreeMap<&'a str, usize>,
}

impl<'a> Kernel<'a> {
    fn of(allowed: &'a Allowed<'a>) -> Result<Self> {
        let Allowed { sdk, published, .. } = allowed;
        let mut crates = Vec::new();
        for entry in &sdk.manifest.crates {
            let digest = entry.sha256.as_deref().map(Digest::parse).transpose()?.unwrap_or_default();
            crates.push((&*entry.name, digest.into()));
        }
        crates.extend(published.iter().map(|found| (&*found.name, found.digest.into())));
        let numbers = crates.iter().enumerate().map(|(number, (name, _))| (*name, number)).collect();
        Ok(Self { sdk, published, crates, numbers })
    }

    fn set(&self, names: &BTreeSet<&str>) -> CrateSet {
        let mut set = CrateSet::new();
        for number in names.iter().filter_map(|name| self.numbers.get(name)) {
            let _is_new = set.insert(*number);
        }
        set
    }

    /// The crates that are not the extension's own, as their symbols name them.
    fn roots(&self) -> BTreeSet<String> {
        let kernels = self.sdk.exports.iter();
        let published =
            self.published.iter().flat_map(|found| found.exports.iter().map(|name| (name, &found.name)));
        kernels.chain(published).flat_map(|(name, home)| roots(name, home)).map(str::to_owned).collect()
    }
}

impl Exports for Kernel<'_> {
    fn lookup(&self, _hash: u64, name: &str) -> Option<Export> {
        let kernels = self.sdk.exports.get(name);
        let publishes = |found: &&&Published| found.exports.contains(name);
        let home = kernels.or_else(|| self.published.iter().find(publishes).map(|found| &found.name))?;
        Some(Export { address: 0, crate_index: *self.numbers.get(&**home)? })
    }

    fn crate_by_name(&self, name: &str) -> Option<(usize, Interface<'_>)> {
        let number = *self.numbers.get(name)?;
        Some((number, self.crate_by_index(number)?))
    }

    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>> {
        self.crates.get(index).map(|(name, digest)| Interface { name, digest: *digest })
    }

    fn compiler(&self) -> &str {
        &self.sdk.manifest.rustc
    }
}

#[cfg(test)]
mod tests {
    use super::{is_own, roots};
    use std::collections::BTreeSet;

    #[test]
    fn crates_are_found_wherever_a_name_speaks_of_them() {
        let name =
            "_RNvMs_NtCsfhXpOjNVn3G_5alloc7raw_vecINtB4_6RawVecNtNtB6_6string6StringE8grow_oneCsabc_4echo";
        assert_eq!(roots(name, "alloc").collect::<Vec<_>>(), ["fhXpOjNVn3G_5alloc"]);
        assert_eq!(roots(name, "echo").collect::<Vec<_>>(), ["abc_4echo"]);
        assert_eq!(roots(name, "core").count(), 0);
        assert_eq!(roots("memcpy", "memcpy").count(), 0);
    }

    #[test]
    fn a_crate_called_like_the_kernels_is_told_apart_by_its_identity() {
        let own = BTreeSet::from(["probe"]);
        let name = "_RNvCsgigji6dDfed_5probe4init";
        assert!(is_own(name, &own, &BTreeSet::new()));
        assert!(!is_own(name, &own, &BTreeSet::from(["gigji6dDfed_5probe".to_owned()])));
        assert!(!is_own(name, &BTreeSet::from(["other"]), &BTreeSet::new()));
        assert!(!is_own("probe", &own, &BTreeSet::new()));
    }
}

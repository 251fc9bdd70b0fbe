//! What the SDK promises, tried as an author has it: in a fresh folder outside of the repository, with the SDK and Rust alone.
//!
//! The author's tool runs with an empty environment but for `PATH`, and with a home of its own. The objects that come of it
//! are loaded by the kernel in QEMU: `outside`, and `unrelated`, which was built against an SDK that differs from the
//! kernel in an interface that the extension doesn't name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail, ensure};
use object::{Object as _, ObjectSymbol as _};
use spindle::digest::Digest;
use spindle::process;
use spindle::sdk::{METADATA, Manifest};
use spindle::stamp::Stamp;

use crate::{flags, keys, repository, sdk};

/// The extension as an author makes it.
const NAME: &str = "outside";
/// One that is built against an SDK with another version of [`CHANGED`].
const UNRELATED: &str = "unrelated";
/// An interface crate that the template doesn't name.
const CHANGED: &str = "spindle_measure";

/// A promise: its name, and what tries it.
type Check = (&'static str, fn(&Author) -> Result<()>);

/// All of them.
const ALL: [Check; 7] = [
    ("the_sdk_names_nothing_of_the_machine_that_made_it", names_nothing),
    ("what_has_not_changed_is_not_built_again", settles),
    ("the_same_sources_give_the_same_bytes_in_any_folder", same_bytes),
    ("two_versions_of_an_extension_have_types_and_symbols_of_their_own", two_versions),
    ("an_interface_that_is_not_named_may_be_another", unrelated_interface),
    ("another_rust_is_refused_by_its_version", another_rust),
    ("what_no_kernel_would_load_is_not_signed", unfit_is_not_signed),
];

/// Tries those whose name contains `filter`; tells how each went.
///
/// # Errors
/// When the SDK can't be written, or the simplest extension not be built with it.
pub(super) fn run(filter: Option<&str>, mut tell: impl FnMut(&str, Result<()>)) -> Result<()> {
    let chosen: Vec<_> = ALL.iter().filter(|(name, _)| filter.is_none_or(|of| name.contains(of))).collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let author = Author::new("checks")?;
    author.run(&["new", NAME])?;
    chosen.into_iter().for_each(|(name, check)| tell(name, check(&author)));
    Ok(())
}

/// The objects for the archive of the tests, signed; nothing is done where nothing changed.
///
/// # Errors
/// When an author couldn't make them.
pub(super) fn objects() -> Result<[PathBuf; 2]> {
    let folder = repository::out().join("outside");
    fs::create_dir_all(&folder)?;
    let products = [NAME, UNRELATED].map(|name| folder.join(format!("{name}.spx")));
    let mut stamp = Stamp::new(&products[0])?;
    stamp.built(&sdk::tool()?)?;
    for file in ["manifest.toml", "exports.txt", "extension.ld", "template/Cargo.toml", "template/src/lib.rs"]
    {
        stamp.written(&sdk::folder().join(file))?;
    }
    stamp.value("key", &Digest(keys::development()?.verifying_key().to_bytes()).to_string());
    if !stamp.is_current(&[&products[0], &products[1]]) {
        stamp.clear()?;
        let author = Author::new("objects")?;
        for (name, product) in [NAME, UNRELATED].into_iter().zip(&products) {
            author.run(&["new", name])?;
            if name == UNRELATED {
                author.change_interface()?;
            }
            let object = author.run(&["build", name])?;
            let signed = author.run(&["sign", &object, "--key", "keys/development.key"])?;
            fs::copy(author.work().join(signed), product)?;
        }
        stamp.write()?;
    }
    Ok(products)
}

/// A folder of its own, gone when it is dropped.
struct Author {
    room: PathBuf,
}

impl Drop for Author {
    fn drop(&mut self) {
        // What stays behind is only a folder for what is temporary.
        let _ = fs::remove_dir_all(&self.room);
    }
}

impl Author {
    /// Writes the SDK and the development key into a fresh folder.
    fn new(what: &str) -> Result<Self> {
        let room = std::env::temp_dir().join(format!("spindle-{what}-{}", std::process::id()));
        ensure!(!room.starts_with(repository::root()), "{} is in the repository", room.display());
        let author = Self { room };
        fs::create_dir_all(author.work().join("keys"))?;
        fs::create_dir_all(author.room.join("home"))?;
        sdk::complete(&author.sdk())?;
        let secret = format!("{}\n", Digest(keys::development()?.to_bytes()));
        fs::write(author.work().join("keys/development.key"), secret)?;
        Ok(author)
    }

    fn sdk(&self) -> PathBuf {
        self.room.join("sdk")
    }

    fn work(&self) -> PathBuf {
        self.room.join("work")
    }

    /// Runs the tool in the folder for work; returns the last line that it prints.
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let rust = flags::sysroot()?.join("bin");
        let path = std::env::join_paths([&*rust, Path::new("/usr/bin"), Path::new("/bin")])?;
        let mut command = Command::new(self.sdk().join("spindle"));
        command.env_clear().env("PATH", path).env("HOME", self.room.join("home"));
        let said = process::output(command.current_dir(self.work()).args(arguments))?;
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }

    /// Builds what is in `folder`; the object's bytes.
    fn built(&self, folder: &str) -> Result<Vec<u8>> {
        Ok(fs::read(self.work().join(self.run(&["build", folder])?))?)
    }

    /// Puts `new` in the place of `old` in a file of the folder for work, which has to hold it.
    fn edit(&self, file: &str, old: &str, new: &str) -> Result<()> {
        replace(&self.work().join(file), old, new)
    }

    /// Another content for an interface crate, as a kernel has it in which that was changed.
    fn change_interface(&self) -> Result<()> {
        let manifest = Manifest::read(&self.sdk())?;
        let entry = manifest.crates.iter().find(|entry| entry.name == CHANGED);
        let entry = entry.with_context(|| format!("there is no {CHANGED}"))?;
        let (file, sha256) = (entry.file.as_deref().unwrap_or_default(), entry.sha256.as_deref());
        let path = self.sdk().join(METADATA).join(file);
        fs::write(&path, b"of another time")?;
        let changed = Digest::of_file(&path)?.to_string();
        replace(&self.sdk().join("manifest.toml"), sha256.unwrap_or_default(), &changed)
    }
}

fn replace(path: &Path, old: &str, new: &str) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    ensure!(!old.is_empty() && text.contains(old), "{} doesn't hold `{old}`", path.display());
    Ok(fs::write(path, text.replace(old, new))?)
}

fn names_nothing(author: &Author) -> Result<()> {
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME")).unwrap_or_default();
    let registry = format!("{home}/.cargo/registry");
    let places = [repository::root().display().to_string(), registry];
    let mut open = vec![author.sdk()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(path.read_dir()?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?);
            continue;
        }
        let bytes = fs::read(&path)?;
        for place in &places {
            let is_named = bytes.windows(place.len()).any(|found| found == place.as_bytes());
            ensure!(!is_named, "{} names {place}", path.display());
        }
    }
    Ok(())
}

fn settles(author: &Author) -> Result<()> {
    let object = author.work().join(author.run(&["build", NAME])?);
    let made = || Ok::<_, anyhow::Error>(fs::metadata(&object)?.modified()?);
    let first = made()?;
    author.run(&["build", NAME])?;
    ensure!(made()? == first, "{} was made anew", object.display());
    Ok(())
}

fn same_bytes(author: &Author) -> Result<()> {
    let first = author.built(NAME)?;
    copy_crate(&author.work().join(NAME), &author.work().join("elsewhere/copy"))?;
    ensure!(author.built("elsewhere/copy")? == first, "another folder gave another object");
    fs::remove_dir_all(author.work().join(NAME).join("target"))?;
    ensure!(author.built(NAME)? == first, "a second build gave another object");
    Ok(())
}

/// One and the same package name and version, with other types: in the extension, and in a private crate below it.
fn two_versions(author: &Author) -> Result<()> {
    copy_crate(&author.work().join(NAME), &author.work().join("versions"))?;
    fs::create_dir_all(author.work().join("versions/below/src"))?;
    fs::write(
        author.work().join("versions/below/Cargo.toml"),
        "[package]\nname = \"below\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    )?;
    fs::write(author.work().join("versions/below/src/lib.rs"), BELOW)?;
    author.edit("versions/Cargo.toml", "[dependencies]", "[dependencies]\nbelow = { path = \"below\" }")?;
    author.edit("versions/src/lib.rs", "fn init(", "/// Keeps it.\npub use below::kept;\n\nfn init(")?;
    author.edit("versions/src/lib.rs", "let console =", "kept(0);\n    let console =")?;
    let first = author.built("versions")?;
    author.edit("versions/src/lib.rs", "pub visitors: u32", "pub visitors: u64")?;
    let second = author.built("versions")?;
    author.edit("versions/below/src/lib.rs", "u32", "u64")?;
    let third = author.built("versions")?;
    let own = |object: &[u8]| roots(object, "7outside");
    let below = |object: &[u8]| roots(object, "5below");
    ensure!(own(&first)?.is_disjoint(&own(&second)?), "another type, and the crate is the same");
    ensure!(below(&first)? == below(&second)?, "a private crate is another because the extension is");
    ensure!(below(&second)?.is_disjoint(&below(&third)?), "a private crate with another type is the same");
    ensure!(own(&second)?.is_disjoint(&own(&third)?), "the extension above it is the same");
    Ok(())
}

const BELOW: &str = "//! A private crate.\n#![no_std]\n\n/// A function that is called.\n#[inline(never)]\n\
                     pub fn kept(number: u32) {\n    core::hint::black_box(number);\n}\n";

/// The identities under which a crate is spoken of in an object's symbols: `Cs`, its identity, `_`, length, name.
fn roots(object: &[u8], krate: &str) -> Result<BTreeSet<String>> {
    let file = object::File::parse(object)?;
    let mut roots = BTreeSet::new();
    for symbol in file.symbols() {
        let name = symbol.name()?;
        for (end, _) in name.match_indices(&format!("_{krate}")) {
            roots.extend(name[..end].rfind("Cs").map(|start| name[start..end].to_owned()));
        }
    }
    ensure!(!roots.is_empty(), "the object speaks nowhere of {krate}");
    Ok(roots)
}

/// Against two SDKs that differ in one interface: the same object, and another one as soon as it names that interface.
fn unrelated_interface(author: &Author) -> Result<()> {
    let other = Author::new("other-interface")?;
    other.change_interface()?;
    let built = |names: bool| -> Result<[Vec<u8>; 2]> {
        let folder = if names { "naming" } else { "not-naming" };
        let build = |who: &Author| {
            copy_crate(&author.work().join(NAME), &who.work().join(folder))?;
            if names {
                let named = "\"spindle-console\", \"spindle-measure\"";
                who.edit(&format!("{folder}/Cargo.toml"), "\"spindle-console\"", named)?;
            }
            who.built(folder)
        };
        Ok([build(author)?, build(&other)?])
    };
    let [this, that] = built(false)?;
    ensure!(this == that, "the object depends on {CHANGED}, which it doesn't name");
    let [this, that] = built(true)?;
    ensure!(this != that, "the object names {CHANGED} and doesn't say which");
    Ok(())
}

fn another_rust(author: &Author) -> Result<()> {
    let manifest = author.sdk().join("manifest.toml");
    let kept = fs::read(&manifest)?;
    replace(&manifest, "rustc 1.", "rustc 0.")?;
    let refused = refusal(author, &["build", NAME]);
    fs::write(&manifest, kept)?;
    contains(&refused?, &["this SDK was made with `rustc 0.", "rustc is `rustc 1.", "RUSTUP_TOOLCHAIN=0."])
}

fn unfit_is_not_signed(author: &Author) -> Result<()> {
    let mut object = author.built(NAME)?;
    let name = b"spindle_domain";
    let at = object.windows(name.len()).position(|found| found == name).context("no interface is named")?;
    object[at] = b'x';
    fs::write(author.work().join("unfit.o"), object)?;
    let refused = refusal(author, &["sign", "unfit.o", "--key", "keys/development.key"])?;
    ensure!(!author.work().join("unfit.spx").exists(), "and yet there is a signed file");
    contains(&refused, &["unfit.o isn't signed"])
}

fn refusal(author: &Author, arguments: &[&str]) -> Result<String> {
    match author.run(arguments) {
        Ok(said) => bail!("was accepted: {said}"),
        Err(refused) => Ok(format!("{refused:#}")),
    }
}

fn contains(said: &str, words: &[&str]) -> Result<()> {
    let missing = words.iter().find(|words| !said.contains(**words));
    missing.map_or(Ok(()), |words| Err(anyhow!("was refused without a word of `{words}`: {said}")))
}

/// The sources of a crate in another folder.
fn copy_crate(from: &Path, to: &Path) -> Result<()> {
    for file in ["Cargo.toml", "src/lib.rs"] {
        let to = to.join(file);
        fs::create_dir_all(to.parent().unwrap_or(&to))?;
        fs::copy(from.join(file), to)?;
    }
    Ok(())
}

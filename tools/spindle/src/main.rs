//! The tool of the SDK: makes, builds and signs extensions in any folder. It takes the SDK from beside its own program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{Parser, Subcommand};
use spindle::audit::object;
use spindle::extension::Builder;
use spindle::sdk::Opened;
use spindle::{keys, sign, template};

/// Makes, builds and signs extensions of the Spindle kernel.
#[derive(Parser)]
#[command(name = "spindle", disable_help_subcommand = true)]
struct Arguments {
    /// The SDK's folder [default: the one that this program is in].
    #[arg(long, value_name = "FOLDER", global = true)]
    sdk: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

/// What it can do.
#[derive(Subcommand)]
enum Verb {
    /// Makes the crate of a new extension, in a folder of its name.
    New {
        /// Its name: small letters, digits and -.
        name: String,
    },
    /// Compiles, audits and links the extension in a folder; prints where the object is.
    Build {
        /// The folder with its Cargo.toml.
        folder: PathBuf,
        /// The secret key to sign it with; without one the object is not signed, and no kernel loads it.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Signs an object that was built without a key; prints where the signed one is.
    Sign {
        /// The object, NAME.o.
        object: PathBuf,
        /// The secret key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The folder with what other extensions publish to it [default: `published` beside the object].
        #[arg(long, value_name = "FOLDER")]
        published: Option<PathBuf>,
    },
    /// Makes, lists and revokes keys.
    Keys {
        /// The folder that they lie in.
        #[arg(long, value_name = "FOLDER", default_value = "keys", global = true)]
        folder: PathBuf,
        #[command(subcommand)]
        action: keys::Action,
    },
    /// Prints for which Rust the SDK is, and which interfaces it has.
    Sdk,
}

impl Arguments {
    fn run(self) -> Result<()> {
        match self.verb {
            Verb::New { ref name } => new(&self.opened()?, name),
            Verb::Build { ref folder, ref key } => build(&self.folder()?, folder, key.as_deref()),
            Verb::Sign { ref object, ref key, ref published } => {
                let beside = || object.with_file_name(Builder::PUBLISHED);
                signed(&self.opened()?, object, key, &published.clone().unwrap_or_else(beside))
            }
            Verb::Keys { folder, action } => action.run(&folder),
            Verb::Sdk => {
                describe(&self.opened()?);
                Ok(())
            }
        }
    }

    fn opened(&self) -> Result<Opened> {
        Opened::open(&self.folder()?)
    }

    fn folder(&self) -> Result<PathBuf> {
        if let Some(folder) = &self.sdk {
            return folder.canonicalize().with_context(|| format!("there is no {}", folder.display()));
        }
        let program = std::env::current_exe()?.canonicalize()?;
        program.parent().map(Path::to_owned).ok_or_else(|| anyhow!("{} is in no folder", program.display()))
    }
}

fn new(sdk: &Opened, name: &str) -> Result<()> {
    let files = template::read(&sdk.folder)?;
    let files = files.iter().map(|(path, text)| (&**path, &**text));
    template::make(files, name, Path::new(name))?;
    println!("{name} is there: edit {name}/src/lib.rs, then build {name}");
    Ok(())
}

fn build(sdk: &Path, folder: &Path, key: Option<&Path>) -> Result<()> {
    let key = key.map(keys::secret).transpose()?;
    let folder =
        folder.canonicalize().with_context(|| format!("there is no extension in {}", folder.display()))?;
    let builder = Builder::new(sdk, key, &folder.join("target/spindle"))?;
    println!("{}", builder.build(&folder)?.display());
    Ok(())
}

fn signed(sdk: &Opened, path: &Path, key: &Path, published: &Path) -> Result<()> {
    let key = keys::secret(key)?;
    let bytes = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    object::check_finished(&bytes, sdk, published)
        .with_context(|| format!("{} isn't signed, no kernel of this SDK would load it", path.display()))?;
    let product = path.with_extension("spx");
    fs::write(&product, sign::sign(&bytes, &key))
        .with_context(|| format!("can't write {}", product.display()))?;
    println!("{}", product.display());
    Ok(())
}

fn describe(sdk: &Opened) {
    println!("folder      {}", sdk.folder.display());
    println!("compiler    {}", sdk.manifest.rustc);
    println!("target      {}", sdk.manifest.target);
    for entry in sdk.manifest.crates.iter().filter(|entry| entry.interface) {
        println!("interface   {} {}", entry.name.replace('_', "-"), entry.version);
    }
}

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spindle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

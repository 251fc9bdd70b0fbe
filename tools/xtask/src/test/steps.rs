//! The steps of `./x test`, cheap ones first.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, anyhow, bail};
use cargo_metadata::{MetadataCommand, Package, TargetKind};
use spindle::extension::manifest::Manifest;
use spindle::process;
use spindle_harness::cases;
use spindle_harness::trials;

use super::tally::Tally;
use super::{Step, outside};
use crate::keys::Trust;
use crate::{archive, build, check, flags, inject, refusals, repository};

/// In the order in which they run.
pub(super) const ALL: &[Step] = &[
    Step { name: "fmt", says: "every file is formatted", has_names: false, run: fmt },
    Step {
        name: "check",
        says: "heads, lengths, words, unsafe ledger, arrows",
        has_names: false,
        run: check,
    },
    Step { name: "clippy", says: "no warning on the host", has_names: false, run: clippy },
    Step {
        name: "clippy-target",
        says: "no warning for the bare target",
        has_names: false,
        run: clippy_target,
    },
    Step { name: "doc", says: "no broken link in the documentation", has_names: false, run: doc },
    Step { name: "host", says: "tests of all crates on the host", has_names: true, run: host },
    Step { name: "loom", says: "models of the lock-free parts", has_names: true, run: loom },
    Step { name: "build", says: "images, SDK, extensions, boot archive", has_names: false, run: build_all },
    Step { name: "refusals", says: "extensions that may not be built", has_names: true, run: refused },
    Step { name: "sdk", says: "the SDK by itself, outside of the repository", has_names: true, run: sdk },
    Step { name: "qemu", says: "the kernel on every machine", has_names: true, run: qemu },
    Step { name: "inject", says: "bits flipped in an extension that runs", has_names: false, run: injected },
];

/// Folders whose crates are compiled for the bare target.
const BARE: [&str; 5] = ["kernel", "platform", "tools/transfer", "tests/protocol", "tests/kernels"];

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(repository::root());
    command
}

fn fmt(_: Option<&str>, _: &mut Tally) -> Result<()> {
    process::run(cargo().args(["fmt", "--all", "--check"]))?;
    for folder in archive::all_extensions()? {
        let published = Manifest::read(&folder)?.publishes.into_iter().map(|place| folder.join(place));
        for folder in published.chain([folder.clone()]) {
            process::run(cargo().args(["fmt", "--check", "--manifest-path"]).arg(folder.join("Cargo.toml")))?;
        }
    }
    Ok(())
}

fn check(_: Option<&str>, _: &mut Tally) -> Result<()> {
    if check::Check::default().run()? == ExitCode::SUCCESS { Ok(()) } else { bail!("see above") }
}

fn clippy(_: Option<&str>, _: &mut Tally) -> Result<()> {
    process::run(cargo().args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn clippy_target(_: Option<&str>, _: &mut Tally) -> Result<()> {
    let mut command = flags::cargo(&flags::kernel());
    command.current_dir(repository::root()).args([
        "clippy",
        "--quiet",
        "--release",
        "--target",
        flags::TARGET,
    ]);
    let bare: Vec<PathBuf> = BARE.iter().map(|folder| repository::root().join(folder)).collect();
    for package in packages()? {
        if bare.iter().any(|folder| package.manifest_path.as_std_path().starts_with(folder)) {
            command.args(["--package", &package.name]);
        }
    }
    process::run(command.args(["--", "-D", "warnings"]))
}

fn doc(_: Option<&str>, _: &mut Tally) -> Result<()> {
    let mut command = cargo();
    // The pages of a kernel are for its authors, with private items among them, so links to these lead somewhere.
    command.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links").args([
        "doc",
        "--quiet",
        "--workspace",
        "--no-deps",
    ]);
    process::run(command.arg("--document-private-items"))
}

fn host(filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    counted(cargo().args(["test", "--workspace", "--no-fail-fast"]).args(filter), tally)
}

/// Every test program of the name `loom`, in a target folder of its own: the flag would have all crates built anew.
fn loom(filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    let has_models = |package: &Package| {
        package.targets.iter().any(|target| target.name == "loom" && target.kind.contains(&TargetKind::Test))
    };
    for package in packages()?.iter().filter(|package| has_models(package)) {
        let mut command = cargo();
        command
            .env("RUSTFLAGS", "--cfg loom")
            .env("CARGO_TARGET_DIR", repository::root().join("target/loom"));
        command.args(["test", "--release", "--test", "loom", "--package", &package.name]);
        counted(command.args(filter), tally)?;
    }
    Ok(())
}

fn build_all(_: Option<&str>, _: &mut Tally) -> Result<()> {
    super::images().map(drop)
}

fn refused(filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    build::kernel(&Trust::default())?;
    let mut failed = 0;
    refusals::run(filter, |name, outcome| failed += told("refusal", name, outcome, tally))?;
    if failed == 0 { Ok(()) } else { bail!("{failed} were not refused as they should be") }
}

fn sdk(filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    build::kernel(&Trust::default())?;
    let mut failed = 0;
    outside::run(filter, |name, outcome| failed += told("sdk", name, outcome, tally))?;
    if failed == 0 { Ok(()) } else { bail!("{failed} of what the SDK promises do not hold") }
}

/// Says and counts how one of a step's tests went; returns how many of it failed.
fn told(step: &str, name: &str, outcome: Result<()>, tally: &mut Tally) -> u64 {
    match outcome {
        Ok(()) => {
            tally.passed += 1;
            println!("{step} {name} ... ok");
            0
        }
        Err(error) => {
            tally.failed += 1;
            println!("{step} {name} ... FAILED\n    {error:#}");
            1
        }
    }
}

fn qemu(filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    let images = super::images()?;
    let conclusion = trials::run(cases::all(), &images, filter);
    tally.passed += conclusion.num_passed;
    tally.failed += conclusion.num_failed;
    tally.filtered += conclusion.num_filtered_out;
    if conclusion.has_failed() { Err(anyhow!("{} runs failed", conclusion.num_failed)) } else { Ok(()) }
}

fn injected(_: Option<&str>, tally: &mut Tally) -> Result<()> {
    super::images()?;
    let failed = told("inject", "small_set", inject::small_set(), tally);
    if failed == 0 { Ok(()) } else { bail!("see above") }
}

/// Runs a test program with its output on this terminal, and adds up what its closing lines say.
fn counted(command: &mut Command, tally: &mut Tally) -> Result<()> {
    process::watched(command, &mut |line| {
        println!("{line}");
        tally.read(line);
    })
}

fn packages() -> Result<Vec<Package>> {
    let mut command = MetadataCommand::new();
    command.manifest_path(repository::root().join("Cargo.toml")).no_deps();
    Ok(command.exec().context("cargo metadata failed")?.packages)
}

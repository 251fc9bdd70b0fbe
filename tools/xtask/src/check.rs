//! The verb `check`: what no compiler lint knows. Reads, says all that it finds, and changes nothing but the ledger, when told.
//!
//! One file per rule under `check/`; each is a function from sources to findings and is tried on a planted violation.

mod arrows;
mod cheats;
mod heads;
mod ledger;
mod lengths;
mod modules;
mod source;
mod words;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::repository;
use source::Source;

/// Options of `./x check`.
#[derive(clap::Args, Default)]
pub(crate) struct Check {
    /// Writes the ledger in docs/UNSAFE.md and the list in docs/CHEATS.md anew from the code.
    #[arg(long)]
    write: bool,
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: PathBuf,
    /// 0 when it is about the file as a whole.
    line: usize,
    says: String,
    is_warning: bool,
}

impl Finding {
    fn new(path: impl Into<PathBuf>, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.into(), line, says: says.into(), is_warning: false }
    }

    fn warning(self) -> Self {
        Self { is_warning: true, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_warning { "warning" } else { "error" };
        write!(f, "{kind}: {}", self.path.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.says)
    }
}

impl Check {
    /// Prints every finding; fails when one is more than a warning.
    ///
    /// # Errors
    /// When the sources or cargo's metadata can't be read.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let root = repository::root();
        let (sources, mut findings) = source::read_all(root)?;
        if self.write {
            ledger::write(root, &sources)?;
            cheats::write(root)?;
        }
        findings.extend(sources.iter().flat_map(of_file));
        findings.extend(ledger::check(root, &sources)?);
        findings.extend(arrows::check(root)?);
        findings.extend(cheats::check(root)?);
        findings.extend(modules::check(&sources));
        findings.sort();
        findings.iter().for_each(|finding| println!("{finding}"));
        let errors = findings.iter().filter(|finding| !finding.is_warning).count();
        println!("check: {} files, {errors} errors, {} warnings", sources.len(), findings.len() - errors);
        Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// What the rules that look at one file by itself say of it.
fn of_file(source: &Source) -> Vec<Finding> {
    [heads::check, lengths::check, words::check].iter().flat_map(|rule| rule(source)).collect()
}

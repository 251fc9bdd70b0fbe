//! Which files rustc read to compile a crate, from the dep-info that it wrote beside its product.
//!
//! The list is rustc's own, so nothing that was compiled is missing from it: not `include!`, not `#[path]`, not what a macro
//! included. Its form is that of a makefile's rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::compile::Compiled;

/// The files that `found` was compiled from; relative ones begin at `workspace`.
///
/// # Errors
/// When rustc wrote no list, or it can't be read.
pub fn of(found: &Compiled, workspace: &Path) -> Result<BTreeSet<PathBuf>> {
    let metadata =
        found.file("rmeta").with_context(|| format!("cargo made no metadata of {}", found.name))?;
    let stem = metadata.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let list = metadata.with_file_name(format!("{}.d", stem.strip_prefix("lib").unwrap_or(stem)));
    let text = fs::read_to_string(&list).with_context(|| format!("rustc left no {}", list.display()))?;
    let sources: BTreeSet<PathBuf> = parse(&text).map(|path| workspace.join(path)).collect();
    if sources.is_empty() {
        bail!("{} names no sources", list.display());
    }
    Ok(sources)
}

/// The files on the right of the rules. Each also stands alone on the left of one of its own, which adds nothing.
fn parse(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| {
        let right = line.split_once(": ").map_or("", |(_, right)| right);
        // A blank within a name is written `\ `.
        right.replace("\\ ", "\0").split_whitespace().map(|path| path.replace('\0', " ")).collect::<Vec<_>>()
    })
}

/// The text of a list of files.
pub fn listed(sources: &BTreeSet<PathBuf>) -> String {
    sources.iter().map(|path| format!("{}\n", path.display())).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_with_blanks_and_what_rustc_says_of_the_environment_are_understood() {
        let text = "/t/a.d: src/lib.rs src/two\\ words.rs\n\n/t/liba.rlib: src/lib.rs\n\nsrc/lib.rs:\n# env-dep:A=b: c\n";
        let found: Vec<String> = parse(text).collect();
        assert_eq!(found, ["src/lib.rs", "src/two words.rs", "src/lib.rs"]);
    }
}

//! What an extension's crates were compiled from: the files that rustc read, from the dep-info that it wrote beside its products.
//!
//! The list is rustc's own, so nothing that was compiled is missing from it: not `include!`, not `#[path]`, not what a macro
//! included. Its form is that of a makefile's rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::compile::Compiled;

/// The variable that says where a build script has put what it wrote.
const OUT: &str = "OUT_DIR";

/// What one crate was compiled from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// The crate's name.
    pub name: String,
    /// Whether it is the extension's own crate.
    pub is_own: bool,
    /// Where its package is.
    pub folder: PathBuf,
    /// Its manifest, where that may change at any time, because the package is no archive of a registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<PathBuf>,
    /// Where a build script has put what it wrote; its name is another with other flags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<PathBuf>,
    /// Variables that it read, as they were.
    pub variables: BTreeMap<String, String>,
    /// Files that rustc read.
    pub files: BTreeSet<PathBuf>,
}

impl Sources {
    /// Those of `found`, whose package is in `folder`; relative paths begin at `workspace`.
    ///
    /// # Errors
    /// When rustc wrote no list, or it can't be read.
    pub fn of(found: &Compiled, folder: &Path, workspace: &Path) -> Result<Self> {
        let metadata =
            found.file("rmeta").with_context(|| format!("cargo made no metadata of {}", found.name))?;
        let stem = metadata.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let list = metadata.with_file_name(format!("{}.d", stem.strip_prefix("lib").unwrap_or(stem)));
        let text = fs::read_to_string(&list).with_context(|| format!("rustc left no {}", list.display()))?;
        let Some(names) = names(&text) else {
            bail!(
                "{} doesn't show which files were compiled: name none of them with a line break",
                list.display()
            );
        };
        let files = names.iter().map(|path| workspace.join(path)).collect();
        let mut variables: BTreeMap<String, String> = variables(&text).collect();
        let out = variables.remove(OUT).map(PathBuf::from);
        let name = found.name.clone();
        Ok(Self { name, folder: folder.to_owned(), out, variables, files, ..Self::default() })
    }

    /// What the crate of an extension in `folder` is made of if it is what is usual: every file in `src`.
    pub fn usual(name: &str, folder: &Path) -> Self {
        let files = rust_files(&folder.join("src")).into_iter().collect();
        let name = name.replace('-', "_");
        let manifest = Some(folder.join("Cargo.toml"));
        Self { name, is_own: true, folder: folder.to_owned(), manifest, files, ..Self::default() }
    }

    /// What `path`, one of the files, is called wherever the package lies and whatever it is compiled with.
    pub fn place<'p>(&self, path: &'p Path) -> &'p Path {
        let written = self.out.as_ref().and_then(|out| path.strip_prefix(out).ok());
        written.or_else(|| path.strip_prefix(&self.folder).ok()).unwrap_or(path)
    }
}

/// The files in what rustc wrote: for each product a line with all files on its right, then a line for each file, then remarks.
/// rustc escapes nothing but blanks, so a line break within a name would hide the rest of it. All has to be as rustc writes it
/// for just the files that are found; `None` when it isn't.
fn names(text: &str) -> Option<Vec<String>> {
    let (first, _) = text.split_once('\n')?;
    let (_, right) = first.split_once(": ")?;
    // A blank within a name is written `\ `.
    let names: Vec<String> =
        right.replace("\\ ", "\0").split(' ').map(|name| name.replace('\0', "\\ ")).collect();
    let alone: String = names.iter().map(|name| format!("{name}:\n")).collect();
    let (products, remarks) = text.split_once(&format!("\n\n{alone}"))?;
    let is_rule =
        |line: &str| !line.contains('\n') && line.split_once(": ").is_some_and(|rule| rule.1 == right);
    let is_remark = |line: &str| line.is_empty() || line.starts_with('#');
    let is_sound = products.split("\n\n").all(is_rule) && remarks.split('\n').all(is_remark);
    is_sound.then(|| names.iter().map(|name| name.replace("\\ ", " ")).collect())
}

/// What `env!` and `option_env!` read; a variable without a value wasn't there.
fn variables(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let read = line.strip_prefix("# env-dep:")?;
        let (name, value) = read.split_once('=').unwrap_or((read, ""));
        Some((name.to_owned(), value.to_owned()))
    })
}

/// The files of Rust below `folder`.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::{Sources, names, variables};
    use std::path::Path;

    const TEXT: &str = "/t/a.d: src/lib.rs src/two\\ words.rs\n\n/t/liba.rlib: src/lib.rs\n\nsrc/lib.rs:\n\
                        # env-dep:A=b: c\n# env-dep:NOT_THERE\n";

    fn written(names: &str, alone: &str) -> String {
        format!("/t/a.d: {names}\n\n/t/liba.rlib: {names}\n\n{alone}\n# env-dep:A=b: c\n")
    }

    #[test]
    fn names_with_blanks_and_what_rustc_says_of_the_environment_are_understood() {
        let text = written("src/lib.rs src/two\\ words.rs", "src/lib.rs:\nsrc/two\\ words.rs:\n");
        assert_eq!(names(&text).expect("sound"), ["src/lib.rs", "src/two words.rs"]);
        let text = written("src/a\u{3000}b\t.rs", "src/a\u{3000}b\t.rs:\n");
        assert_eq!(names(&text).expect("sound"), ["src/a\u{3000}b\t.rs"]);
        let read: Vec<(String, String)> = variables(TEXT).collect();
        assert_eq!(read, [("A".to_owned(), "b: c".to_owned()), ("NOT_THERE".to_owned(), String::new())]);
    }

    #[test]
    fn a_line_break_in_a_name_hides_no_file() {
        for name in ["a\nb.rs", "a:\nb.rs", "a\n\n", "a\n\nsrc/lib.rs:\na:\n#", "a\n\nsrc/lib.rs:\na:\n\n#"] {
            let text = written(&format!("src/lib.rs {name}"), &format!("src/lib.rs:\n{name}:\n"));
            assert_eq!(names(&text), None, "{name:?}");
        }
    }

    #[test]
    fn a_file_is_called_the_same_wherever_its_package_and_products_lie() {
        let of = |folder: &str, out: &str| Sources {
            folder: folder.into(),
            out: Some(out.into()),
            ..Sources::default()
        };
        let (here, there) = (of("/a/b", "/t/b-1/out"), of("/c", "/t/b-2/out"));
        assert_eq!(here.place(Path::new("/a/b/src/x.rs")), there.place(Path::new("/c/src/x.rs")));
        assert_eq!(here.place(Path::new("/t/b-1/out/y.rs")), there.place(Path::new("/t/b-2/out/y.rs")));
        assert_ne!(here.place(Path::new("/a/b/src/x.rs")), there.place(Path::new("/c/src/y.rs")));
    }
}

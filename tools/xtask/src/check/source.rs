//! The sources that rules look at: every Rust file of the checkout, as text and as tokens.
//!
//! Tokens, so that a word in a comment or a string isn't taken for code. Doc comments become `doc` attributes and count as
//! strings. Products and hidden folders are left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Finding;

/// Folders, by name, that hold no source of ours.
const LEFT_OUT: [&str; 4] = ["target", "out", "artifacts", "corpus"];

/// One Rust file.
#[derive(Debug)]
pub(super) struct Source {
    /// From the root of the checkout.
    pub(super) path: PathBuf,
    /// As it stands.
    pub(super) text: String,
    /// All tokens in a row, groups opened up.
    pub(super) tokens: Vec<Token>,
}

/// A token with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// An identifier, a punctuation character, a bracket, or a literal.
    pub(super) text: String,
    /// From 1.
    pub(super) line: usize,
}

impl Source {
    /// Takes the text apart.
    ///
    /// # Errors
    /// A finding that says where it stops being Rust.
    pub(super) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Result<Self, Finding> {
        let (path, text) = (path.into(), text.into());
        let stream = TokenStream::from_str(&text).map_err(|error| {
            Finding::new(&path, error.span().start().line, format!("is no Rust: {error}"))
        })?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Ok(Self { path, text, tokens })
    }

    /// The file's name without its extension.
    pub(super) fn stem(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }

    /// Whether it holds nothing but tests, by its place.
    pub(super) fn is_test(&self) -> bool {
        self.stem() == "tests" || self.path.components().any(|part| part.as_os_str() == "tests")
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), line });
                let end = group.span_close().end().line;
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: end });
            }
            other => tokens.push(Token { text: other.to_string(), line }),
        }
    }
}

/// Reads every Rust file below the root, in order of path, and says which aren't Rust.
///
/// # Errors
/// When a folder or file can't be read.
pub(super) fn read_all(root: &Path) -> Result<(Vec<Source>, Vec<Finding>)> {
    let mut paths = Vec::new();
    collect(root, &mut paths)?;
    paths.sort();
    let (mut sources, mut findings) = (Vec::new(), Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        match Source::new(path.strip_prefix(root).unwrap_or(&path), text) {
            Ok(source) => sources.push(source),
            Err(finding) => findings.push(finding),
        }
    }
    Ok((sources, findings))
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') && !LEFT_OUT.contains(&name.as_ref()) {
            collect(&path, paths)?;
        } else if kind.is_file() && name.ends_with(".rs") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let source = Source::new("a.rs", "//! unsafe\n// unsafe\nconst A: &str = \"unsafe\";\n").unwrap();
        assert!(!source.tokens.iter().any(|token| token.text == "unsafe"));
    }

    #[test]
    fn tokens_know_their_line_inside_groups() {
        let source = Source::new("a.rs", "fn a() {\n    unsafe {\n    }\n}\n").unwrap();
        let token = source.tokens.iter().find(|token| token.text == "unsafe").unwrap();
        assert_eq!(token.line, 2);
    }

    #[test]
    fn what_is_no_rust_is_a_finding() {
        assert_eq!(Source::new("a.rs", "fn a( {").unwrap_err().path, Path::new("a.rs"));
    }
}

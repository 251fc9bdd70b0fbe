//! The extension that the guide writes: its pieces of code put together and built as any other, so that what it says works.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use spindle::sdk::put;

use crate::sdk::GUIDE;
use crate::{new, repository};

/// What it calls its extension.
const NAME: &str = "doorman";
/// What begins a piece of code, and what ends one.
const FENCES: (&str, &str) = ("```rust", "```");
/// How the line of a manifest begins that names interfaces.
const INTERFACES: &str = "interfaces = ";

/// Writes the crate, and says where it is.
///
/// # Errors
/// When the guide can't be read, or the crate not be written.
pub(super) fn write() -> Result<PathBuf> {
    let text = fs::read_to_string(repository::root().join(GUIDE)).with_context(|| GUIDE.to_owned())?;
    let folder = repository::out().join("guide").join(NAME);
    fs::create_dir_all(folder.join("src"))?;
    let manifest = with_interfaces(&new::manifest(NAME), &text).context("the guide names no interfaces")?;
    put(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    put(&folder.join("src/lib.rs"), pieces(&text).as_bytes())?;
    Ok(folder)
}

/// The pieces of code in a text, one behind the other.
fn pieces(text: &str) -> String {
    let (begin, end) = FENCES;
    let mut lines = text.lines();
    let mut pieces = String::new();
    while lines.any(|line| line == begin) {
        for line in lines.by_ref().take_while(|line| *line != end) {
            pieces.push_str(line);
            pieces.push('\n');
        }
        pieces.push('\n');
    }
    pieces
}

/// The manifest with the interfaces that the guide tells its reader to name.
fn with_interfaces(manifest: &str, guide: &str) -> Option<String> {
    let wanted = guide.lines().find(|line| line.starts_with(INTERFACES))?;
    let line = |line| if str::starts_with(line, INTERFACES) { wanted } else { line };
    Some(manifest.lines().map(line).flat_map(|line| [line, "\n"]).collect())
}

#[cfg(test)]
mod tests {
    use super::{pieces, with_interfaces};

    #[test]
    fn the_manifest_names_what_the_guide_says() {
        let guide = "a\n```toml\ninterfaces = [\"b\", \"c\"]\n```\n";
        let manifest = with_interfaces("[d]\ninterfaces = [\"b\"]\n[e]\n", guide);
        assert_eq!(manifest.as_deref(), Some("[d]\ninterfaces = [\"b\", \"c\"]\n[e]\n"));
        assert_eq!(with_interfaces("", "nothing"), None);
    }

    #[test]
    fn pieces_are_what_stands_between_fences_of_rust() {
        let text = "a\n```toml\nb = 1\n```\n```rust\nfn c() {\n}\n```\nd\n```rust\nfn e() {}\n```\n";
        assert_eq!(pieces(text), "fn c() {\n}\n\nfn e() {}\n\n");
    }
}

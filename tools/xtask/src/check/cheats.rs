//! The list of cheats: all that is tried that must not be possible, held against `docs/CHEATS.md`.
//!
//! It is made from the tests' own data, and written into the page by `./x check --write`: the folders of
//! `tests/extensions/refused`, the objects and the cases of the harness.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use spindle_harness::cases::cheats::CHEATS;
use spindle_harness::cases::refusals::{REFUSED, SPOILED};

use super::Finding;
use crate::{archive, refusals};

const PAGE: &str = "docs/CHEATS.md";
const BEGIN: &str = "<!-- cheats: written by `./x check --write` -->";
const END: &str = "<!-- end of the cheats -->";

/// Says whether the page has another list than the data.
///
/// # Errors
/// When the page or the data can't be read.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("can't read {PAGE}"))?;
    let list = list(root)?;
    let is_current = split(&page).is_some_and(|(_, between, _)| between.trim() == list.trim());
    Ok(if is_current { Vec::new() } else { vec![Finding::new(PAGE, 0, "lacks some: `./x check --write`")] })
}

/// Writes the list into the page.
///
/// # Errors
/// When the page has no place for it, or can't be written.
pub(super) fn write(root: &Path) -> Result<()> {
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("can't read {PAGE}"))?;
    let Some((before, _, after)) = split(&page) else { bail!("{PAGE} has no lines `{BEGIN}` and `{END}`") };
    let page = format!("{before}{BEGIN}\n{}{END}{after}", list(root)?);
    fs::write(&path, page).with_context(|| format!("can't write {PAGE}"))
}

fn split(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (between, after) = rest.split_once(END)?;
    Some((before, between, after))
}

fn list(root: &Path) -> Result<String> {
    let sources = sources(root)?;
    let objects = REFUSED.map(|(name, words)| row(&[name, "load"], words)).into_iter();
    let spoiled = SPOILED.iter().map(|(name, stage, words)| row(&[*name, *stage], words));
    let objects: Vec<String> = objects.chain(spoiled).collect();
    let at_run_time: Vec<String> =
        CHEATS.iter().map(|(cheat, part, words, case)| row(&[*cheat, *part, *case], &[*words])).collect();
    let all = sources.len() + objects.len() + at_run_time.len();
    Ok(format!(
        "{all} in all.\n\n{}\n{}\n{}",
        section(
            &format!("Sources, refused by the build: {}", sources.len()),
            "folder | what it tries",
            &sources
        ),
        section(&format!("Objects, refused by the kernel: {}", objects.len()), "object | stage", &objects),
        section(
            &format!("Deeds, refused at run time: {}", at_run_time.len()),
            "what is tried | by | case",
            &at_run_time
        ),
    ))
}

fn section(title: &str, columns: &str, rows: &[String]) -> String {
    let count = columns.split('|').count() + 1;
    format!("## {title}\n\n| {columns} | words |\n|{}\n{}", "---|".repeat(count), rows.concat())
}

fn row(columns: &[&str], words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|words| format!("\"{}\"", words.replace('|', "\\|"))).collect();
    format!("| {} | {} |\n", columns.join(" | "), words.join(", "))
}

/// A row for each folder: what it tries is the first line of its crate.
fn sources(root: &Path) -> Result<Vec<String>> {
    let folders = archive::extensions(&root.join("tests/extensions/refused"))?;
    let row_of = |folder: &std::path::PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(folder.join("src/lib.rs"))
            .with_context(|| format!("can't read the crate of {name}"))?;
        let first = text.lines().next().unwrap_or_default();
        let Some(tries) = first.strip_prefix(&format!("//! {name}: ")) else {
            bail!("{name} doesn't say in its first line what it tries");
        };
        let because = refusals::expected(folder)?;
        let words: Vec<&str> = because.iter().map(String::as_str).collect();
        Ok(row(&[&name, tries], &words))
    };
    folders.iter().map(row_of).collect()
}

#[cfg(test)]
mod tests {
    use super::{row, split};

    #[test]
    fn the_list_stands_between_its_marks() {
        let page = format!("a\n{}\nb\n{}\nc\n", super::BEGIN, super::END);
        assert_eq!(split(&page), Some(("a\n", "\nb\n", "\nc\n")));
        assert_eq!(row(&["one", "two"], &["x", "y|z"]), "| one | two | \"x\", \"y\\|z\" |\n");
    }
}

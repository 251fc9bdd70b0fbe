//! The unsafe ledger: each file in which the word `unsafe` stands, how often, and why, held against `docs/UNSAFE.md`.
//!
//! The table stands between two marks in that page and is written by `./x check --write`; the words around it are a person's.
//! The reason is the one that the crate or file gives where it lifts the lint.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Finding;
use super::source::Source;
use super::words::end_of_group;

const PAGE: &str = "docs/UNSAFE.md";
const BEGIN: &str = "<!-- ledger: written by `./x check --write` -->";
const END: &str = "<!-- end of the ledger -->";

/// Path to the number of times, in order of path.
type Ledger = BTreeMap<PathBuf, usize>;

/// Says where code and page differ.
///
/// # Errors
/// When the page is there and can't be read.
pub(super) fn check(root: &Path, sources: &[Source]) -> Result<Vec<Finding>> {
    let path = root.join(PAGE);
    if !path.exists() {
        return Ok(vec![Finding::new(PAGE, 0, "is missing: write it, then `./x check --write`")]);
    }
    let page = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    Ok(compare(&counted(sources), &page))
}

/// Writes the table into the page.
///
/// # Errors
/// When the page has no place for it, or can't be written.
pub(super) fn write(root: &Path, sources: &[Source]) -> Result<()> {
    let path = root.join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    let Some((before, _, after)) = split(&page) else { bail!("{PAGE} has no lines `{BEGIN}` and `{END}`") };
    let page = format!("{before}{BEGIN}\n{}{END}{after}", table(sources));
    fs::write(&path, page).with_context(|| format!("can't write {}", path.display()))
}

/// What stands before, between and behind the marks.
fn split(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (between, after) = rest.split_once(END)?;
    Some((before, between, after))
}

fn counted(sources: &[Source]) -> Ledger {
    sources
        .iter()
        .map(|source| (source.path.clone(), count(source)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn count(source: &Source) -> usize {
    source.tokens.iter().filter(|token| token.text == "unsafe").count()
}

fn table(sources: &[Source]) -> String {
    let mut table = "| file | places | why |\n| --- | --- | --- |\n".to_owned();
    for (path, count) in counted(sources) {
        let why = reason(sources, &path).unwrap_or_default();
        table.push_str(&format!("| {} | {count} | {why} |\n", path.display()));
    }
    table
}

/// The reason given where the lint is lifted for this file: in itself, or in a file above it of the same crate.
fn reason(sources: &[Source], path: &Path) -> Option<String> {
    let of = |path: &Path| sources.iter().find(|source| source.path == path).and_then(own_reason);
    let folders = path.ancestors().skip(1).take_while(|folder| folder.file_name().is_some());
    let above = folders
        .flat_map(|folder| [folder.with_extension("rs"), folder.join("lib.rs"), folder.join("main.rs")]);
    of(path).or_else(|| above.into_iter().find_map(|path| of(&path)))
}

fn own_reason(source: &Source) -> Option<String> {
    let lint = source.tokens.iter().position(|token| token.text == "unsafe_code")?;
    let open = source.tokens.iter().take(lint).rposition(|token| token.text == "(")?;
    let end = end_of_group(&source.tokens, open);
    let reason = source.tokens.iter().take(end).skip(lint).position(|token| token.text == "reason")?;
    let literal = source.tokens.get(lint + reason + 2)?;
    Some(literal.text.trim_matches('"').replace('|', "\\|"))
}

fn compare(code: &Ledger, page: &str) -> Vec<Finding> {
    let Some((before, between, _)) = split(page) else {
        return vec![Finding::new(PAGE, 0, format!("has no lines `{BEGIN}` and `{END}`"))];
    };
    let first = before.lines().count() + 1;
    let mut findings = Vec::new();
    let mut listed = Ledger::new();
    for (at, row) in between.lines().enumerate().filter(|(_, row)| row.contains(".rs")) {
        match parse(row) {
            Some((path, count)) => drop(listed.insert(path, count)),
            None => findings.push(Finding::new(PAGE, first + at, format!("is no row of the ledger: {row}"))),
        }
    }
    for (path, count) in code {
        let known = listed.remove(path).unwrap_or(0);
        if known != *count {
            let says = format!("has {count} places with `unsafe`, the ledger in {PAGE} {known}");
            findings.push(Finding::new(path, 0, says));
        }
    }
    for path in listed.into_keys() {
        findings.push(Finding::new(PAGE, 0, format!("lists {}, which has no `unsafe`", path.display())));
    }
    findings
}

fn parse(row: &str) -> Option<(PathBuf, usize)> {
    let mut cells = row.trim().trim_matches('|').split('|').map(str::trim);
    Some((PathBuf::from(cells.next()?), cells.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Vec<Source> {
        let text = "//! unsafe\n#![expect(unsafe_code, reason = \"it is the machine\")]\n";
        let code = "/// unsafe\nfn f() { unsafe { g() } }\nunsafe impl Send for A {}\n";
        vec![
            Source::new("m/src/lib.rs", text).unwrap(),
            Source::new("m/src/deep/a.rs", code).unwrap(),
            Source::new("m/src/b.rs", "fn safe() {}").unwrap(),
        ]
    }

    fn page(rows: &str) -> String {
        format!(
            "# Unsafe\n\nWords.\n\n{BEGIN}\n| file | places | why |\n| --- | --- | --- |\n{rows}{END}\n\nMore.\n"
        )
    }

    fn says(rows: &str) -> Vec<String> {
        compare(&counted(&sources()), &page(rows)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_ledger_that_fits_the_code_is_fine() {
        assert!(says("| m/src/deep/a.rs | 2 | it is the machine |\n").is_empty());
    }

    #[test]
    fn a_place_too_many_or_too_few_is_found() {
        assert_eq!(says("| m/src/deep/a.rs | 1 | x |\n").len(), 1);
        assert_eq!(says("| m/src/deep/a.rs | 3 | x |\n").len(), 1);
        assert_eq!(says("").len(), 1);
    }

    #[test]
    fn a_file_without_unsafe_in_the_ledger_is_found() {
        assert_eq!(says("| m/src/deep/a.rs | 2 | x |\n| m/src/b.rs | 1 | x |\n").len(), 1);
    }

    #[test]
    fn a_page_without_marks_and_a_damaged_row_are_found() {
        assert_eq!(compare(&counted(&sources()), "# Unsafe\n").len(), 1);
        assert_eq!(says("| m/src/deep/a.rs | 2 | x |\n| m/src/b.rs | many | x |\n").len(), 1);
    }

    #[test]
    fn the_table_that_is_written_is_found_to_fit_and_gives_reasons() {
        let table = table(&sources());
        assert!(table.contains("| m/src/deep/a.rs | 2 | it is the machine |"), "{table}");
        let rows: String = table.lines().skip(2).map(|row| format!("{row}\n")).collect();
        assert!(says(&rows).is_empty());
    }
}

//! The unsafe ledger: each file in which the word `unsafe` stands and how often, held against `docs/UNSAFE.md`.
//!
//! The table stands between two marks in that page and is written by `./x check --write`; the words around it are a person's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Finding;
use super::source::Source;

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
    let mut table = "| file | places | what it is |\n| --- | --- | --- |\n".to_owned();
    for source in sources.iter().filter(|source| count(source) > 0) {
        let row = format!("| {} | {} | {} |\n", source.path.display(), count(source), purpose(source));
        table.push_str(&row);
    }
    table
}

/// The first sentence of the file's head, or as much of it as is on the first line.
fn purpose(source: &Source) -> String {
    let line = source.text.lines().next().unwrap_or_default().trim_start_matches("//!").trim();
    let sentence = line.split_once(". ").map_or(line, |(sentence, _)| sentence);
    sentence.trim_end_matches(['.', ',', ';', ':']).replace('|', "\\|")
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
        let code = "//! One: two. Three.\n/// unsafe\nfn f() { unsafe { g() } }\nunsafe impl Send for A {}\n";
        vec![
            Source::new("m/src/deep/a.rs", code).unwrap(),
            Source::new("m/src/b.rs", "fn safe() {}").unwrap(),
        ]
    }

    fn page(rows: &str) -> String {
        format!(
            "# Unsafe\n\nWords.\n\n{BEGIN}\n| file | places | what it is |\n| --- | --- | --- |\n{rows}{END}\n\nMore.\n"
        )
    }

    fn says(rows: &str) -> Vec<String> {
        compare(&counted(&sources()), &page(rows)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_ledger_that_fits_the_code_is_fine() {
        assert!(says("| m/src/deep/a.rs | 2 | x |\n").is_empty());
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
    fn the_table_that_is_written_is_found_to_fit_and_says_what_files_are() {
        let table = table(&sources());
        assert!(table.contains("| m/src/deep/a.rs | 2 | One: two |"), "{table}");
        let rows: String = table.lines().skip(2).map(|row| format!("{row}\n")).collect();
        assert!(says(&rows).is_empty());
    }
}

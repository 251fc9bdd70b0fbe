//! The modules of the kernel proper form no circle: each top-level module may name those that don't lead back to it.
//!
//! Elsewhere crates are cut where the arrows have to be held; `spincore` is one crate of many rooms, so its modules are.
//! Read from the tokens: `crate::x` and `crate::{x, y}` in the file of a module or below it. A name that the crate's root
//! re-exports counts for the module it comes from. Tests inside a module may look anywhere. Macros that name modules in other
//! ways aren't seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Finding;
use super::source::{Source, Token};
use super::words::end_of_group;

/// The crates that this rule holds for.
const CRATES: [&str; 1] = ["kernel/spincore"];

/// From module to the modules that it names, each with the first place where it does.
type Graph = BTreeMap<String, BTreeMap<String, Place>>;

/// A file, and a line of it.
type Place = (PathBuf, usize);

/// Looks at each crate by itself.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut crates: BTreeMap<PathBuf, Vec<&Source>> = BTreeMap::new();
    for source in sources.iter().filter(|source| CRATES.iter().any(|folder| source.path.starts_with(folder)))
    {
        if let Some(folder) = folder_of_crate(&source.path) {
            crates.entry(folder).or_default().push(source);
        }
    }
    crates.iter().flat_map(|(folder, sources)| of_crate(folder, sources)).collect()
}

/// The folder that holds `src`.
fn folder_of_crate(path: &Path) -> Option<PathBuf> {
    let folder = path.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "src"))?;
    folder.parent().map(Path::to_path_buf)
}

fn of_crate(folder: &Path, sources: &[&Source]) -> Vec<Finding> {
    let src = folder.join("src");
    let modules: BTreeSet<String> =
        sources.iter().filter_map(|source| module_of(&src, &source.path)).collect();
    let root = sources.iter().find(|source| module_of(&src, &source.path).is_none());
    let exports = root.map(|root| exports(root, &modules)).unwrap_or_default();
    let mut graph = Graph::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let Some(module) = module_of(&src, &source.path) else { continue };
        for (name, line) in names(&source.tokens) {
            let named = if modules.contains(&name) { Some(&name) } else { exports.get(&name) };
            if let Some(named) = named.filter(|named| **named != module) {
                let place = || (source.path.clone(), line);
                graph.entry(module.clone()).or_default().entry(named.clone()).or_insert_with(place);
            }
        }
    }
    circles(&graph).iter().map(|circle| finding(&graph, &src, circle)).collect()
}

/// Says the circle, and where each of its arrows is.
fn finding(graph: &Graph, src: &Path, circle: &[String]) -> Finding {
    let arrows = circle.iter().zip(circle.iter().skip(1));
    let places = arrows.filter_map(|(from, to)| graph.get(from)?.get(to));
    let places: Vec<String> = places.map(|(path, line)| format!("{}:{line}", path.display())).collect();
    Finding::new(src, 0, format!("modules in a circle: {} ({})", circle.join(" -> "), places.join(", ")))
}

/// The top-level module that a file is or belongs to; none for the root.
fn module_of(src: &Path, path: &Path) -> Option<String> {
    let first = path.strip_prefix(src).ok()?.components().next()?;
    let name = Path::new(first.as_os_str()).file_stem()?.to_str()?;
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

/// What the root re-exports: name to module, from `use module::{...}`.
fn exports(root: &Source, modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for (at, _) in root.tokens.iter().enumerate().filter(|(_, token)| token.text == "use") {
        let end = at + root.tokens.iter().skip(at).take_while(|next| next.text != ";").count();
        let words = root.tokens.iter().take(end).skip(at + 1).map(|token| token.text.clone());
        let words: Vec<String> =
            words.filter(|word| *word != "crate" && *word != "self" && *word != ":").collect();
        let Some((module, names)) = words.split_first().filter(|(module, _)| modules.contains(*module))
        else {
            continue;
        };
        exports.extend(names.iter().map(|name| (name.clone(), module.clone())));
    }
    exports
}

/// What stands first behind each `crate::`, outside of tests, and on which line.
fn names(tokens: &[Token]) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    let mut at = 0;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    while at < tokens.len() {
        if let Some(end) = end_of_tests(tokens, at) {
            at = end;
        } else if text(at) == "crate" && text(at + 1) == ":" && text(at + 2) == ":" {
            if text(at + 3) == "{" {
                names.extend(heads(tokens, at + 3));
            } else {
                names.extend(tokens.get(at + 3).map(|token| (token.text.clone(), token.line)));
            }
        }
        at += 1;
    }
    names
}

/// The first name of each path in the braces that open at this place.
fn heads(tokens: &[Token], open: usize) -> Vec<(String, usize)> {
    let mut heads = Vec::new();
    let mut depth = 0_usize;
    let mut is_head = false;
    for token in tokens.iter().take(end_of_group(tokens, open)).skip(open) {
        match token.text.as_str() {
            "{" => {
                depth += 1;
                is_head = depth == 1;
            }
            "}" => depth -= 1,
            "," => is_head = depth == 1,
            name if is_head => {
                heads.push((name.to_owned(), token.line));
                is_head = false;
            }
            _ => {}
        }
    }
    heads
}

/// Where the tests end that begin at this place with `#[cfg(test)]`, or with `all(test, …)` inside it.
fn end_of_tests(tokens: &[Token], at: usize) -> Option<usize> {
    let text = |at: usize| tokens.get(at).map(|token| token.text.as_str());
    if text(at) != Some("#") || text(at + 1) != Some("[") || text(at + 2) != Some("cfg") {
        return None;
    }
    let end = end_of_group(tokens, at + 1);
    tokens.iter().take(end).skip(at).find(|token| token.text == "test")?;
    let mut item = tokens.iter().enumerate().skip(end + 1);
    let (stop, _) = item.find(|(_, token)| token.text == "{" || token.text == ";")?;
    Some(if text(stop) == Some("{") { end_of_group(tokens, stop) } else { stop })
}

/// One circle for each set of modules that lead to one another, each module in at most one.
fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let mut circles: Vec<Vec<String>> = Vec::new();
    for start in graph.keys() {
        if circles.iter().any(|circle| circle.contains(start)) {
            continue;
        }
        if let Some(circle) = way_back(graph, start) {
            circles.push(circle);
        }
    }
    circles
}

/// The shortest way from a module back to itself.
fn way_back(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| graph.get(last)).into_iter().flat_map(BTreeMap::keys) {
                let way = way.iter().cloned().chain([next.clone()]).collect();
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(name, text)| Source::new(format!("kernel/spincore/src/{name}"), *text).unwrap())
            .collect();
        check(&sources).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn a_circle_is_found_and_shown() {
        let found = says(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::{c::{self, C}, other};"),
            ("c/inner.rs", "fn f() {\n crate::a::f() }"),
        ]);
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert!(found.starts_with("modules in a circle: a -> b -> c -> a ("), "{found}");
        assert!(found.contains("src/c/inner.rs:2"), "{found}");
    }

    #[test]
    fn a_circle_through_a_re_export_is_found() {
        let found = says(&[
            ("lib.rs", "mod a; mod b; pub use b::{B, C};"),
            ("a.rs", "use crate::C;"),
            ("b.rs", "use crate::a;"),
        ]);
        assert!(matches!(found.as_slice(), [one] if one.contains(": a -> b -> a (")), "{found:?}");
    }

    #[test]
    fn tests_may_look_anywhere() {
        let found = says(&[
            ("a.rs", "use crate::b;"),
            ("b.rs", "#[cfg(test)] mod tests { use crate::a; }"),
            ("b/tests.rs", "use crate::a;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_module_may_name_itself_and_its_own() {
        let found = says(&[
            ("a.rs", "use crate::a::inner;"),
            ("a/inner.rs", "use crate::a;"),
            ("b.rs", "use crate::a;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}

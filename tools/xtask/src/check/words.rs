//! Words that mean one thing, or nothing: `Guard`, `allow`, and file names that say nothing of what is inside.

use std::path::Component;

use super::Finding;
use super::source::{Source, Token};

/// What no file or folder is called: everything fits, so nothing is found there.
const EMPTY_NAMES: [&str; 9] =
    ["util", "utils", "helper", "helpers", "manager", "common", "misc", "stuff", "mod"];

/// What may be the keyword before a type's name.
const TYPE_KEYWORDS: [&str; 5] = ["struct", "enum", "union", "trait", "type"];

/// All of these rules.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings: Vec<Finding> = empty_names(source).into_iter().collect();
    findings.extend(guards(source));
    findings.extend(lifted_lints(source));
    findings
}

fn empty_names(source: &Source) -> Option<Finding> {
    let parts = source.path.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let mut words = parts.flat_map(|part| part.trim_end_matches(".rs").split(['_', '-']));
    let word = words.find(|word| EMPTY_NAMES.contains(word))?;
    Some(Finding::new(&source.path, 0, format!("is named `{word}`, which says nothing of what is inside")))
}

/// A Guard is a predicate before a handler; a value that undoes something when dropped has another name.
fn guards(source: &Source) -> Vec<Finding> {
    if source.stem() == "guard" || source.path.components().any(|part| part.as_os_str() == "guard") {
        return Vec::new();
    }
    let pairs = source.tokens.iter().zip(source.tokens.iter().skip(1));
    pairs
        .filter(|(keyword, name)| {
            TYPE_KEYWORDS.contains(&keyword.text.as_str()) && name.text.ends_with("Guard")
        })
        .map(|(_, name)| {
            let says = format!("`{}` is no predicate before a handler: call it something else", name.text);
            Finding::new(&source.path, name.line, says)
        })
        .collect()
}

/// `#[allow]` is `#[expect]` with a reason here, and no reason is a finding too.
fn lifted_lints(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let before =
            |back: usize| at.checked_sub(back).and_then(|at| source.tokens.get(at)).map(|t| t.text.as_str());
        let opens = source.tokens.get(at + 1).map(|token| token.text.as_str()) == Some("(");
        let is_attribute = opens && before(1) == Some("[") && matches!(before(2), Some("#" | "!"));
        let is_conditional = opens && before(1) == Some(",") && is_in_cfg_attr(&source.tokens, at);
        if !is_attribute && !is_conditional {
            continue;
        }
        match token.text.as_str() {
            "allow" => findings.push(Finding::new(
                &source.path,
                token.line,
                "use `expect` with a reason, not `allow`",
            )),
            "expect" if !has_reason(&source.tokens, at + 1) => {
                findings.push(Finding::new(&source.path, token.line, "`expect` without a reason"));
            }
            _ => {}
        }
    }
    findings
}

/// Whether the token at this place is inside the brackets of a `cfg_attr`.
fn is_in_cfg_attr(tokens: &[Token], at: usize) -> bool {
    let start = tokens.iter().take(at).rposition(|token| token.text == "cfg_attr");
    start.is_some_and(|start| at < end_of_group(tokens, start + 1))
}

/// Whether the group that opens at this place names a reason.
fn has_reason(tokens: &[Token], open: usize) -> bool {
    let end = end_of_group(tokens, open);
    tokens.iter().take(end).skip(open).any(|token| token.text == "reason")
}

/// The place of the bracket that closes the one at this place.
pub(super) fn end_of_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(path: &str, text: &str) -> Vec<String> {
        check(&Source::new(path, text).unwrap()).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn empty_file_names_are_found_as_words_and_not_as_letters() {
        for path in ["util.rs", "a/helpers/b.rs", "string_utils.rs", "a/mod.rs"] {
            assert_eq!(says(path, "").len(), 1, "{path}");
        }
        for path in ["utility_meter.rs", "commons.rs", "model.rs", "a/b.rs"] {
            assert_eq!(says(path, "").len(), 0, "{path}");
        }
    }

    #[test]
    fn a_guard_belongs_into_guard() {
        assert_eq!(says("lock.rs", "struct LockGuard;").len(), 1);
        assert_eq!(says("lock.rs", "type IrqGuard = u8;").len(), 1);
        assert_eq!(says("guard.rs", "struct ImposedGuard;").len(), 0);
        assert_eq!(says("lock.rs", "fn f(g: MutexGuard<'_, u8>) {}").len(), 0);
    }

    #[test]
    fn lints_are_lifted_with_a_reason_or_not_at_all() {
        assert_eq!(says("a.rs", "#[allow(dead_code)] fn f() {}").len(), 1);
        assert_eq!(says("a.rs", "#![allow(dead_code, reason = \"x\")]").len(), 1);
        assert_eq!(says("a.rs", "#[expect(dead_code)] fn f() {}").len(), 1);
        assert_eq!(says("a.rs", "#[cfg_attr(test, expect(dead_code))] fn f() {}").len(), 1);
        assert_eq!(says("a.rs", "#[cfg_attr(test, allow(dead_code, reason = \"x\"))] fn f() {}").len(), 1);
        assert_eq!(says("a.rs", "#[expect(dead_code, reason = \"x\")] fn f() {}").len(), 0);
        assert_eq!(says("a.rs", "fn f(x: Option<u8>) { x.expect(\"y\"); g(1, expect(2)); }").len(), 0);
    }
}

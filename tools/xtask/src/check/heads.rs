//! Every file begins by saying what it is.

use super::Finding;
use super::source::Source;

/// The first line has to be a module comment with words in it.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//!").is_some_and(|words| !words.trim().is_empty());
    if says {
        Vec::new()
    } else {
        vec![Finding::new(&source.path, 1, "does not begin with `//!` and what it is")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> usize {
        check(&Source::new("a.rs", text).unwrap()).len()
    }

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(findings("fn a() {}"), 1);
        assert_eq!(findings("//!\nfn a() {}"), 1);
        assert_eq!(findings("// What it is.\n"), 1);
        assert_eq!(findings(""), 1);
    }

    #[test]
    fn a_file_with_a_head_is_fine() {
        assert_eq!(findings("//! What it is.\nfn a() {}"), 0);
    }
}

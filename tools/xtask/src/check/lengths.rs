//! Files are short enough to be read in one sitting.

use super::Finding;
use super::source::Source;

/// From here on a file is worth a thought.
const WARNING: usize = 400;
/// And from here on it is two files.
const LIMIT: usize = 600;

/// Files that may be longer, and why.
const EXEMPT: [(&str, &str); 0] = [];

/// Warns of long files and refuses longer ones.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let is_exempt = EXEMPT.iter().any(|(path, _)| source.path.ends_with(path));
    if lines <= WARNING || is_exempt {
        return Vec::new();
    }
    let finding = Finding::new(&source.path, 0, format!("has {lines} lines, more than {WARNING}"));
    // A long row of tests is easier to read than a long piece of code.
    vec![if lines > LIMIT && !source.is_test() { finding } else { finding.warning() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, lines: usize) -> Vec<Finding> {
        check(&Source::new(path, "//\n".repeat(lines)).unwrap())
    }

    #[test]
    fn long_files_are_warned_of_and_longer_ones_refused() {
        assert!(of("a.rs", WARNING).is_empty());
        assert!(of("a.rs", WARNING + 1).iter().all(|finding| finding.is_warning));
        assert_eq!(of("a.rs", WARNING + 1).len(), 1);
        assert!(of("a.rs", LIMIT + 1).iter().any(|finding| !finding.is_warning));
    }

    #[test]
    fn long_tests_are_only_warned_of() {
        assert!(of("a/tests.rs", LIMIT + 1).iter().all(|finding| finding.is_warning));
    }
}

//! Users: who imports from whom, and who has to go with whom.
//!
//! Pure: domains are numbers here, and links are pairs of them.

use alloc::vec::Vec;

/// Who imports from `target`, out of `links` (importer, then exporter); itself left out.
pub(super) fn direct<T: Copy + Ord>(target: T, links: &[(T, T)]) -> Vec<T> {
    let mut users = Vec::new();
    for (importer, exporter) in links {
        if *exporter == target && *importer != target {
            add(&mut users, *importer);
        }
    }
    users
}

/// `target`, and all that import from it, by whatever way; in rising order.
pub(super) fn with_users<T: Copy + Ord>(target: T, links: &[(T, T)]) -> Vec<T> {
    reach(target, |one| direct(one, links))
}

/// `target`, and all that it imports from, by whatever way; in rising order.
pub(super) fn with_sources<T: Copy + Ord>(target: T, links: &[(T, T)]) -> Vec<T> {
    let sources = |one: T| {
        links.iter().filter(|(importer, _)| *importer == one).map(|(_, exporter)| *exporter).collect()
    };
    reach(target, sources)
}

fn reach<T: Copy + Ord>(target: T, next: impl Fn(T) -> Vec<T>) -> Vec<T> {
    let mut found = Vec::new();
    let mut open = alloc::vec![target];
    while let Some(one) = open.pop() {
        if add(&mut found, one) {
            open.extend(next(one));
        }
    }
    found
}

/// Adds `one` to `all`, which rise; whether it was not there yet.
fn add<T: Ord>(all: &mut Vec<T>, one: T) -> bool {
    let place = all.binary_search(&one);
    if let Err(at) = place {
        all.insert(at, one);
    }
    place.is_err()
}

#[cfg(test)]
mod tests {
    use super::{direct, with_sources, with_users};

    /// 2 and 3 import from 1, 4 from 3; 5 and 6 from each other; 7 from itself.
    const LINKS: [(u8, u8); 6] = [(2, 1), (3, 1), (4, 3), (5, 6), (6, 5), (7, 7)];

    #[test]
    fn a_user_is_who_imports_directly_and_nobody_uses_itself() {
        assert_eq!(direct(1, &LINKS), [2, 3]);
        assert_eq!(direct(3, &LINKS), [4]);
        assert_eq!(direct(5, &LINKS), [6]);
        assert!(direct(4, &LINKS).is_empty() && direct(7, &LINKS).is_empty() && direct(9, &LINKS).is_empty());
    }

    #[test]
    fn who_goes_takes_along_the_users_of_its_users() {
        assert_eq!(with_users(1, &LINKS), [1, 2, 3, 4]);
        assert_eq!(with_users(6, &LINKS), [5, 6]);
        assert_eq!(with_users(4, &LINKS), [4]);
    }

    #[test]
    fn who_is_placed_needs_the_sources_of_its_sources() {
        assert_eq!(with_sources(4, &LINKS), [1, 3, 4]);
        assert_eq!(with_sources(5, &LINKS), [5, 6]);
        assert_eq!(with_sources(1, &LINKS), [1]);
    }
}

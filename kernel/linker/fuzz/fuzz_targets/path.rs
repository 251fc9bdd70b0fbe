//! Paths of the nameserver: one is taken as it is written, or refused for a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spindle_nameserver::{MAX_COMPONENT_BYTES, MAX_DEPTH, MAX_PATH_BYTES, NameError, list};

fuzz_target!(|text: &str| {
    let is_component = |part: &str| {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        !part.is_empty()
            && part.len() <= MAX_COMPONENT_BYTES
            && part != "."
            && part != ".."
            && part.chars().all(is_letter)
    };
    let components = text.strip_prefix('/').map(|inner| inner.split('/').collect::<Vec<_>>());
    let is_path = text == "/"
        || text.len() <= MAX_PATH_BYTES
            && components
                .is_some_and(|parts| parts.len() <= MAX_DEPTH && parts.into_iter().all(is_component));
    // Nothing is served here, so that no path is found.
    match list(text) {
        Err(NameError::NotFound { path }) => assert!(is_path && path == text),
        Err(error @ NameError::Invalid { .. }) => {
            assert!(!is_path);
            assert!(error.to_string().chars().all(|letter| !letter.is_control()));
            let NameError::Invalid { path, .. } = error else { unreachable!() };
            assert!(path.len() <= MAX_PATH_BYTES && text.starts_with(&path));
        }
        other => panic!("{other:?}"),
    }
});

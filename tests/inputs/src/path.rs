//! Paths of the nameserver: one is taken as it is written, or refused for a reason.

use spindle_nameserver::{MAX_COMPONENT_BYTES, MAX_DEPTH, MAX_PATH_BYTES, NameError, list};

/// Takes `bytes` as a path, if they are text.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let is_path = is_path(text);
    match list(text) {
        Ok(_) => assert!(is_path, "{text:?} was found"),
        Err(NameError::NotFound { path } | NameError::NotADirectory { path, .. }) => {
            assert!(is_path && path == text);
        }
        Err(error @ NameError::Invalid { .. }) => {
            assert!(!is_path);
            assert!(error.to_string().chars().all(|letter| !letter.is_control()));
            let NameError::Invalid { path, .. } = error else { unreachable!() };
            assert!(path.len() <= MAX_PATH_BYTES && text.starts_with(&path));
        }
        other => panic!("{other:?}"),
    }
}

fn is_path(text: &str) -> bool {
    let is_component = |part: &str| {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        !part.is_empty()
            && part.len() <= MAX_COMPONENT_BYTES
            && part != "."
            && part != ".."
            && part.chars().all(is_letter)
    };
    let components = text.strip_prefix('/').map(|inner| inner.split('/').collect::<Vec<_>>());
    let is_good = |parts: Vec<&str>| parts.len() <= MAX_DEPTH && parts.into_iter().all(is_component);
    text == "/" || text.len() <= MAX_PATH_BYTES && components.is_some_and(is_good)
}

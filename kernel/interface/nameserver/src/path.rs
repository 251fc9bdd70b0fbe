//! Path: where in the tree a name is.
//!
//! A path begins with `/`, and is made of components between slashes. Which letters, how long and how deep is bounded, so that
//! what is kept of it is, too. There is one way to write each: no empty component, none of dots alone, no slash at the end.
//!
//! Pure: this file does not know what is in the tree.

use alloc::boxed::Box;
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;

/// The longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 255;
/// The longest component, in bytes.
pub const MAX_COMPONENT_BYTES: usize = 64;
/// The most components.
pub const MAX_DEPTH: usize = 16;

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// It does not begin with `/`.
    Relative,
    /// It is too long.
    TooLong {
        /// Its length, in bytes.
        bytes: usize,
    },
    /// It has too many components.
    TooDeep {
        /// How many.
        components: usize,
    },
    /// There is nothing between two slashes, or behind the last.
    EmptyComponent,
    /// A component is too long.
    LongComponent {
        /// Its length, in bytes.
        bytes: usize,
    },
    /// A component is `.` or `..`.
    Dots,
    /// A letter is none of `A-Za-z0-9._-`.
    Letter {
        /// The first that is none.
        letter: char,
    },
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative => f.write_str("it does not begin with `/`"),
            Self::TooLong { bytes } => write!(f, "it has {bytes} bytes, the most are {MAX_PATH_BYTES}"),
            Self::TooDeep { components } => {
                write!(f, "it has {components} components, the most are {MAX_DEPTH}")
            }
            Self::EmptyComponent => f.write_str("a component is empty"),
            Self::LongComponent { bytes } => {
                write!(f, "a component has {bytes} bytes, the most are {MAX_COMPONENT_BYTES}")
            }
            Self::Dots => f.write_str("a component is `.` or `..`"),
            Self::Letter { letter } => write!(f, "{letter:?} is none of A-Z, a-z, 0-9, `.`, `_` and `-`"),
        }
    }
}

impl core::error::Error for PathError {}

/// A path. Sorted, everything below a path follows it at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(
    /// Without a slash at the end, hence empty for the root.
    Box<str>,
);

impl Path {
    /// Reads a path.
    pub(crate) fn parse(text: &str) -> Result<Self, PathError> {
        let inner = text.strip_prefix('/').ok_or(PathError::Relative)?;
        if text.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong { bytes: text.len() });
        }
        if inner.is_empty() {
            return Ok(Self("".into()));
        }
        let components = inner.split('/').count();
        if components > MAX_DEPTH {
            return Err(PathError::TooDeep { components });
        }
        inner.split('/').try_for_each(check)?;
        Ok(Self(text.into()))
    }

    /// As it is written.
    pub(crate) fn as_str(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }

    /// The last component; empty for the root.
    pub(crate) fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The directory that it is in; none for the root.
    pub(crate) fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.into()))
    }

    /// Whether it is somewhere below `other`.
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        self.0.strip_prefix(&*other.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether it is in the directory `other` itself.
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(&*other.0).and_then(|rest| rest.strip_prefix('/'));
        rest.is_some_and(|rest| !rest.contains('/'))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        // A slash before all else: `/a/b` before `/a-b`.
        let low = |byte: u8| if byte == b'/' { 0 } else { byte };
        self.0.bytes().map(low).cmp(other.0.bytes().map(low))
    }
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn check(component: &str) -> Result<(), PathError> {
    let is_letter = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if let Some(letter) = component.chars().find(|letter| !is_letter(letter)) {
        return Err(PathError::Letter { letter });
    }
    match component {
        "" => Err(PathError::EmptyComponent),
        "." | ".." => Err(PathError::Dots),
        long if long.len() > MAX_COMPONENT_BYTES => Err(PathError::LongComponent { bytes: long.len() }),
        _ => Ok(()),
    }
}

/// As much of `text` as an error repeats.
pub(crate) fn shortened(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_PATH_BYTES)].into()
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{MAX_COMPONENT_BYTES, MAX_DEPTH, MAX_PATH_BYTES, Path, PathError, shortened};

    fn path(text: &str) -> Path {
        Path::parse(text).expect("a path")
    }

    #[test]
    fn a_path_is_absolute_and_written_in_one_way() {
        for good in ["/", "/svc", "/svc/domains/SpinPublic", "/a/b-c/d_e/.f/g..h/1"] {
            assert_eq!(path(good).as_str(), good);
        }
        let bad = |text: &str| Path::parse(text).expect_err(text);
        assert_eq!((bad(""), bad("svc"), bad("./a")), {
            (PathError::Relative, PathError::Relative, PathError::Relative)
        });
        for text in ["//", "/a/", "/a//b", "//a"] {
            assert_eq!(bad(text), PathError::EmptyComponent, "{text}");
        }
        for text in ["/.", "/..", "/a/../b", "/a/."] {
            assert_eq!(bad(text), PathError::Dots, "{text}");
        }
        for (text, letter) in [("/a b", ' '), ("/a/\0", '\0'), ("/é", 'é'), ("/a\\b", '\\'), ("/a\n", '\n')]
        {
            assert_eq!(bad(text), PathError::Letter { letter });
        }
    }

    #[test]
    fn a_path_has_bounds() {
        let component = "c".repeat(MAX_COMPONENT_BYTES);
        assert!(Path::parse(&std::format!("/{component}")).is_ok());
        let bytes = MAX_COMPONENT_BYTES + 1;
        assert_eq!(Path::parse(&std::format!("/{component}c")), Err(PathError::LongComponent { bytes }));
        assert!(Path::parse(&"/d".repeat(MAX_DEPTH)).is_ok());
        let components = MAX_DEPTH + 1;
        assert_eq!(Path::parse(&"/d".repeat(components)), Err(PathError::TooDeep { components }));
        let long = "/c".repeat(MAX_PATH_BYTES);
        assert_eq!(Path::parse(&long), Err(PathError::TooLong { bytes: long.len() }));
        assert_eq!(shortened(&long).len(), MAX_PATH_BYTES);
        assert_eq!(shortened(&"é".repeat(MAX_PATH_BYTES)).len(), MAX_PATH_BYTES - 1);
    }

    #[test]
    fn below_is_by_component() {
        assert!(path("/a/b").is_below(&path("/a")) && path("/a/b/c").is_below(&path("/a")));
        assert!(path("/a/b").is_in(&path("/a")) && !path("/a/b/c").is_in(&path("/a")));
        assert!(!path("/ab").is_below(&path("/a")) && !path("/a").is_below(&path("/a")));
        assert!(path("/a").is_in(&path("/")) && path("/a/b").is_below(&path("/")));
        assert!(!path("/").is_in(&path("/")) && path("/").parent().is_none());
        assert_eq!(path("/a/b").parent(), Some(path("/a")));
        assert_eq!((path("/a").parent(), path("/a/b").last()), (Some(path("/")), "b"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_read_is_bounded(text in any::<String>()) {
            if let Ok(read) = Path::parse(&text) {
                prop_assert_eq!(read.as_str(), &text);
            }
        }

        #[test]
        fn texts_near_paths_are_read_or_refused_for_a_reason(text in "[/.a-c_é -]{0,300}") {
            match Path::parse(&text) {
                Ok(read) => {
                    prop_assert_eq!(read.to_string(), &*text);
                    prop_assert!(text.starts_with('/') && text.len() <= MAX_PATH_BYTES);
                    prop_assert!(!text.contains("//") && !text.contains(' ') && !text.contains('é'));
                    prop_assert!(text == "/" || !text.ends_with('/'));
                    prop_assert!(text.split('/').all(|part| part != "." && part != ".."));
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }

        #[test]
        fn sorted_all_below_a_path_follow_it_at_once(texts in proptest::collection::vec("(/[a.-]{1,3}){1,4}", 1..20)) {
            let mut paths: Vec<Path> = texts.iter().filter_map(|text| Path::parse(text).ok()).collect();
            paths.sort();
            paths.dedup();
            for (at, path) in paths.iter().enumerate() {
                let below = paths.iter().filter(|other| other.is_below(path)).count();
                prop_assert!(paths[at + 1..at + 1 + below].iter().all(|other| other.is_below(path)));
            }
        }
    }
}

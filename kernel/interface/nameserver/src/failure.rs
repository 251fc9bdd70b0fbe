//! What can go wrong with a name.

use alloc::string::String;
use core::fmt;

use spindle_event::End;

use crate::held::Kind;
use crate::path::PathError;

/// Why something was not done with a name. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// The text is no path.
    Invalid {
        /// The text, shortened if it is very long.
        path: String,
        /// What is wrong with it.
        cause: PathError,
    },
    /// There is no such name.
    NotFound {
        /// The path.
        path: String,
    },
    /// Only a directory has names below it.
    NotADirectory {
        /// Path of what is none.
        path: String,
        /// What it is.
        kind: Kind,
    },
    /// The name is there already.
    Exists {
        /// The path.
        path: String,
        /// Whose it is.
        owner: String,
    },
    /// The name's authorizer does not admit the asker.
    Refused {
        /// The path.
        path: String,
        /// Whose it is.
        owner: String,
    },
    /// The directory's authorizer does not let the asker add this name.
    MayNotAdd {
        /// The path.
        path: String,
        /// Whose the directory is.
        owner: String,
    },
    /// The authorizer had to be given up, which admits nobody.
    GaveUp {
        /// The path.
        path: String,
        /// Whose it is.
        owner: String,
        /// Why.
        end: End,
    },
    /// The name holds something else.
    WrongType {
        /// The path.
        path: String,
        /// What it holds.
        held: String,
        /// What was asked for.
        wanted: String,
    },
    /// The capability that the name holds was revoked.
    Revoked {
        /// The path.
        path: String,
    },
    /// The name is somebody else's.
    NotYours {
        /// The path.
        path: String,
        /// Whose it is.
        owner: String,
    },
    /// There are names in the directory.
    NotEmpty {
        /// The path.
        path: String,
        /// How many.
        names: usize,
    },
    /// The extension has as many names as it may have.
    TooMany {
        /// The path.
        path: String,
        /// How many it may have.
        most: usize,
    },
    /// The extension is not loaded (any more), or is ending.
    NotLoaded {
        /// Its name.
        extension: String,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { path, cause } => write!(f, "`{}` is no path: {cause}", path.escape_debug()),
            Self::NotFound { path } => write!(f, "there is no name {path}"),
            Self::NotADirectory { path, kind } => write!(f, "{path} is no directory, it holds {kind}"),
            Self::Exists { path, owner } => write!(f, "{path} exists, it is {owner}'s"),
            Self::Refused { path, owner } => write!(f, "{path} refused: {owner}'s authorizer says no"),
            Self::MayNotAdd { path, owner } => {
                write!(f, "{path} refused: {owner} lets others add no such name to its directory")
            }
            Self::GaveUp { path, owner, end } => write!(f, "{path} refused: {owner}'s authorizer {end}"),
            Self::WrongType { path, held, wanted } => write!(f, "{path} holds {held}, not {wanted}"),
            Self::Revoked { path } => write!(f, "what {path} holds was revoked"),
            Self::NotYours { path, owner } => write!(f, "{path} is {owner}'s"),
            Self::NotEmpty { path, names } => write!(f, "{path} is not empty, {names} names are in it"),
            Self::TooMany { path, most } => {
                write!(f, "{path} refused: an extension has at most {most} names")
            }
            Self::NotLoaded { extension } => write!(f, "`{extension}` is not loaded, or is ending"),
        }
    }
}

impl core::error::Error for NameError {}

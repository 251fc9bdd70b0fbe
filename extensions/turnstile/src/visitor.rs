//! Visitor: who wants to come in, as text.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// Somebody at a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Which lane.
    pub lane: u64,
    /// Who.
    pub name: String,
}

/// A text that is no visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitorError {
    /// It begins with a word that is no number of a lane.
    Lane {
        /// The word.
        word: String,
    },
    /// Nobody is named.
    Name,
}

impl fmt::Display for VisitorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lane { word } => write!(f, "`{word}` is no number of a lane"),
            Self::Name => f.write_str("name the visitor, as in `2 Ada`"),
        }
    }
}

impl core::error::Error for VisitorError {}

impl FromStr for Visitor {
    type Err = VisitorError;

    fn from_str(text: &str) -> Result<Self, VisitorError> {
        let (word, name) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let lane = word.parse().map_err(|_| VisitorError::Lane { word: word.into() })?;
        match name.trim() {
            "" => Err(VisitorError::Name),
            name => Ok(Self { lane, name: name.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Visitor, VisitorError};

    #[test]
    fn a_visitor_is_a_lane_and_a_name() {
        let ada = Visitor { lane: 2, name: "Ada Lovelace".into() };
        assert_eq!(" 2  Ada Lovelace ".parse(), Ok(ada));
        assert_eq!("2".parse::<Visitor>(), Err(VisitorError::Name));
        for word in ["", "Ada", "-1"] {
            assert_eq!(word.parse::<Visitor>(), Err(VisitorError::Lane { word: word.into() }));
        }
    }
}

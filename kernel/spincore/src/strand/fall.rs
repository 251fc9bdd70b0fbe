//! Fall: why a scheduler loses its office.

use core::fmt;

/// What a scheduler has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fall {
    /// It does not answer: it has failed, or is not there any more.
    Silent,
    /// It named nobody, while so many could run.
    Nobody { ready: usize },
    /// It named one who can't run there.
    NotReady { strand: u64 },
    /// It kept somebody waiting, while others had the core for so long.
    Starved { strand: u64, waited_ms: u64 },
}

impl fmt::Display for Fall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("it does not answer"),
            Self::Nobody { ready } => write!(f, "it named nobody, and {ready} could run"),
            Self::NotReady { strand } => write!(f, "it named strand {strand}, which can't run there"),
            Self::Starved { strand, waited_ms } => {
                write!(f, "it kept strand {strand} waiting while others ran for {waited_ms} ms")
            }
        }
    }
}

//! Plan: what is asked for.

use core::fmt;
use core::num::ParseIntError;
use core::str::FromStr;

use miscreant_trial::{Misdeed, NoMisdeed};

/// What is to be tried, how often, and whether nobody else is there.
pub(crate) struct Plan {
    pub(crate) misdeed: Misdeed,
    pub(crate) times: u32,
    pub(crate) is_alone: bool,
}

/// Why a text is no plan.
pub(crate) enum NoPlan {
    Misdeed(NoMisdeed),
    Times(ParseIntError),
}

impl fmt::Display for NoPlan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misdeed(error) => error.fmt(out),
            Self::Times(error) => write!(out, "how often: {error}"),
        }
    }
}

impl FromStr for Plan {
    type Err = NoPlan;

    fn from_str(text: &str) -> Result<Self, NoPlan> {
        let (text, is_alone) = text.strip_suffix(" alone").map_or((text, false), |text| (text, true));
        let (word, times) = text.split_once(' ').unwrap_or((text, "1"));
        let misdeed = word.parse().map_err(NoPlan::Misdeed)?;
        Ok(Self { misdeed, times: times.parse().map_err(NoPlan::Times)?, is_alone })
    }
}

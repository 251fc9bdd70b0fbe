//! Order: with which seed, for how long, and how often somebody fails.

use core::num::ParseIntError;
use core::str::FromStr;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) seed: u64,
    pub(crate) seconds: u64,
    /// In one turn of so many a core has the culprit fail.
    pub(crate) sides: u64,
}

/// In how many it does so if that isn't said.
const SIDES: u64 = 4;

impl FromStr for Order {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut words = text.split_whitespace();
        let mut next = || words.next().unwrap_or_default().parse();
        let (seed, seconds) = (next()?, next()?);
        Ok(Self { seed, seconds, sides: words.next().map_or(Ok(SIDES), str::parse)? })
    }
}

//! Order: with which seed, and for how long.

use core::num::ParseIntError;
use core::str::FromStr;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) seed: u64,
    pub(crate) seconds: u64,
}

impl FromStr for Order {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut words = text.split_whitespace();
        let mut next = || words.next().unwrap_or_default().parse();
        Ok(Self { seed: next()?, seconds: next()? })
    }
}

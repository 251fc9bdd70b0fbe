//! Order: how often what is to come and go.

use alloc::string::String;
use core::num::ParseIntError;
use core::str::FromStr;

/// How many cycles, and who takes part beside the five.
pub(crate) struct Order {
    pub(crate) cycles: u64,
    pub(crate) extra: Option<String>,
}

impl FromStr for Order {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut words = text.split_whitespace();
        let cycles = words.next().unwrap_or_default().parse()?;
        Ok(Self { cycles, extra: words.next().map(String::from) })
    }
}

//! Deed: a step and the names that it is about.

use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::str::FromStr;

use spindle_domain::Rights;

/// What is to be done with which domains.
pub(crate) struct Deed {
    /// The step.
    pub(crate) step: String,
    names: Vec<String>,
}

impl Deed {
    /// The first name, and the others.
    pub(crate) fn names(&self) -> (&str, &[String]) {
        self.names.split_first().map_or(("", &[]), |(first, rest)| (first, rest))
    }

    /// The rights that are named behind the first name.
    pub(crate) fn rights(&self) -> Rights {
        let named = self.names().1.iter().map(|name| match &**name {
            "import" => Rights::IMPORT,
            "modify" => Rights::MODIFY,
            "install" => Rights::INSTALL,
            "destroy" => Rights::DESTROY,
            _ => Rights::NONE,
        });
        named.fold(Rights::NONE, |all, right| all | right)
    }
}

impl FromStr for Deed {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let mut words = text.split_whitespace().map(String::from);
        Ok(Self { step: words.next().unwrap_or_default(), names: words.collect() })
    }
}

//! The boot arguments: what the loader's command line (`bootargs`) asks of the kernel.
//!
//! Words between spaces. A word nobody knows is reported and otherwise ignored, because loaders put words of their own there.
//!
//! Pure: this file does not know where the text comes from.

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `log`: show the kernel's log on the console as it is written.
    pub(crate) log: bool,
}

impl Arguments {
    /// Reads `text`; calls `unknown` with each word that means nothing here.
    #[must_use]
    pub(crate) fn parse<'a>(text: &'a str, mut unknown: impl FnMut(&'a str)) -> Self {
        let mut arguments = Self::default();
        for word in text.split_ascii_whitespace() {
            match word {
                "log" => arguments.log = true,
                other => unknown(other),
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use alloc::vec::Vec;

    #[test]
    fn known_words_are_followed_and_others_reported() {
        let mut unknown = Vec::new();
        let arguments = Arguments::parse("  console=ttyAMA0 log\tquiet ", |word| unknown.push(word));
        assert!(arguments.log);
        assert_eq!(unknown, ["console=ttyAMA0", "quiet"]);
    }

    #[test]
    fn nothing_asked_is_the_default() {
        assert_eq!(Arguments::parse("", |_| {}), Arguments::default());
        assert!(!Arguments::parse("logs", |_| {}).log);
    }
}

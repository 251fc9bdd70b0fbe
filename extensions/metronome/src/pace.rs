//! Pace: what the metronome is told, as text.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use spindle_event::CoreId;

/// Where and how often to tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Tick on a core, again and again.
    Every {
        /// Where.
        core: CoreId,
        /// How long from one tick to the next, in milliseconds.
        period_ms: u32,
    },
    /// Don't.
    Off,
}

/// A text that is no pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaceError {
    /// It is neither `off` nor two numbers.
    Form {
        /// The text.
        text: String,
    },
    /// There is no such core, or it does not run.
    Core {
        /// The word that should name one.
        word: String,
    },
    /// The period is not a number of milliseconds above zero.
    Period {
        /// The word that should be one.
        word: String,
    },
}

impl fmt::Display for PaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { text } => write!(f, "`{text}` is neither `off` nor a core and a period in ms"),
            Self::Core { word } => write!(f, "`{word}` is no core that runs"),
            Self::Period { word } => write!(f, "`{word}` is no period in ms"),
        }
    }
}

impl core::error::Error for PaceError {}

impl FromStr for Pace {
    type Err = PaceError;

    fn from_str(text: &str) -> Result<Self, PaceError> {
        read(text, CoreId::is_online)
    }
}

fn read(text: &str, is_online: impl Fn(CoreId) -> bool) -> Result<Pace, PaceError> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("off"), None, None) => Ok(Pace::Off),
        (Some(core), Some(period), None) => {
            let core = core
                .parse()
                .ok()
                .and_then(CoreId::new)
                .filter(|core| is_online(*core))
                .ok_or_else(|| PaceError::Core { word: core.into() })?;
            let period_ms = period
                .parse()
                .ok()
                .filter(|period| *period > 0)
                .ok_or_else(|| PaceError::Period { word: period.into() })?;
            Ok(Pace::Every { core, period_ms })
        }
        _ => Err(PaceError::Form { text: text.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, PaceError, read};
    use spindle_event::CoreId;

    fn on_four_cores(text: &str) -> Result<Pace, PaceError> {
        read(text, |core| core.index() < 4)
    }

    #[test]
    fn a_pace_is_a_core_and_milliseconds_or_off() {
        let core = CoreId::new(2).expect("a core");
        assert_eq!(on_four_cores(" 2  100 "), Ok(Pace::Every { core, period_ms: 100 }));
        assert_eq!(on_four_cores("off"), Ok(Pace::Off));
    }

    #[test]
    fn an_error_names_the_word_that_is_wrong() {
        let core = |word: &str| Err(PaceError::Core { word: word.into() });
        let period = |word: &str| Err(PaceError::Period { word: word.into() });
        let form = |text: &str| Err(PaceError::Form { text: text.into() });
        assert_eq!(on_four_cores("4 100"), core("4"));
        assert_eq!(on_four_cores("99 100"), core("99"));
        assert_eq!(on_four_cores("two 100"), core("two"));
        assert_eq!(on_four_cores("2 0"), period("0"));
        assert_eq!(on_four_cores("2 -5"), period("-5"));
        for text in ["", "2", "2 100 3", "off 2 3"] {
            assert_eq!(on_four_cores(text), form(text));
        }
    }
}

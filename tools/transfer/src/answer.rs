//! Answers: what the receiver says, as text among texts.
//!
//! Each is an application program command of ECMA-48 (5th edition, 8.3.2): `ESC _`, what it says, `ESC \`. Terminals show
//! nothing of these. Inside stand the word `spindle`, the checksum of what follows, and that.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use crate::checksum;

const ESCAPE: char = '\x1b';
/// How an answer begins behind its escape.
const OPENING: &str = "_spindle ";
const ESCAPE_BYTE: u8 = 0x1b;
/// Stands for a line's end, which a console makes two bytes of.
const RECORD_SEPARATOR: char = '\x1e';
/// What is longer than this is no answer.
const LONGEST_BYTES: usize = 16 << 10;

/// What the receiver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Packets are waited for.
    Ready,
    /// The packet of this number is here.
    Got(u32),
    /// The packet of this number is waited for, and what came was another, or damaged.
    Again(u32),
    /// The object was taken; in the kernel's words.
    Done(String),
    /// It was not; the kernel says why.
    Refused(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = String::new();
        match self {
            Self::Ready => said.push_str("ready"),
            Self::Got(number) => write!(said, "got {number}")?,
            Self::Again(number) => write!(said, "again {number}")?,
            Self::Done(text) => said.extend("done ".chars().chain(text.chars().map(plain))),
            Self::Refused(text) => said.extend("refused ".chars().chain(text.chars().map(plain))),
        }
        write!(f, "{ESCAPE}{OPENING}{:08x} {said}{ESCAPE}\\", checksum::of(said.as_bytes()))
    }
}

fn plain(letter: char) -> char {
    match letter {
        '\n' => RECORD_SEPARATOR,
        letter if letter.is_control() => '?',
        letter => letter,
    }
}

impl Answer {
    /// Reads what stood between the escapes.
    fn parse(text: &str) -> Option<Self> {
        let (sum, said) = text.strip_prefix(OPENING)?.split_once(' ')?;
        if u32::from_str_radix(sum, 16).ok()? != checksum::of(said.as_bytes()) {
            return None;
        }
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        let text = || rest.replace(RECORD_SEPARATOR, "\n");
        Some(match word {
            "ready" => Self::Ready,
            "got" => Self::Got(rest.parse().ok()?),
            "again" => Self::Again(rest.parse().ok()?),
            "done" => Self::Done(text()),
            "refused" => Self::Refused(text()),
            _ => return None,
        })
    }
}

/// Finds answers in all that a console says.
#[derive(Debug, Default)]
pub struct Answers {
    /// What came behind the last escape, if that may begin an answer.
    begun: Option<Vec<u8>>,
}

impl Answers {
    /// Takes the next byte; returns the answer that it completes.
    pub fn take(&mut self, byte: u8) -> Option<Answer> {
        if byte == ESCAPE_BYTE {
            // It ends what was begun; whether as it should is seen with the next byte.
            let begun = self.begun.take().unwrap_or_default();
            self.begun = Some(Vec::new());
            return str::from_utf8(&begun).ok().and_then(Answer::parse);
        }
        if let Some(begun) = &mut self.begun {
            begun.push(byte);
            if begun.len() > LONGEST_BYTES || !begins_like_one(begun) {
                self.begun = None;
            }
        }
        None
    }
}

fn begins_like_one(begun: &[u8]) -> bool {
    let opening = OPENING.as_bytes();
    let count = begun.len().min(opening.len());
    begun.get(..count) == opening.get(..count)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Answers};
    use proptest::prelude::{any, prop, proptest};

    fn heard(bytes: &[u8]) -> Vec<Answer> {
        let mut answers = Answers::default();
        bytes.iter().filter_map(|byte| answers.take(*byte)).collect()
    }

    fn all() -> [Answer; 5] {
        let text = "`echo` refused at resolve: a\n  b \u{e9}";
        [
            Answer::Ready,
            Answer::Got(0),
            Answer::Again(u32::MAX),
            Answer::Done(String::new()),
            Answer::Refused(text.into()),
        ]
    }

    #[test]
    fn every_answer_is_found_among_other_texts() {
        for answer in all() {
            let text = format!("tick 1\r\n\x1b[2Kspindle> {answer}tick 2\r\n\x1b");
            assert_eq!(heard(text.as_bytes()), [answer]);
        }
    }

    #[test]
    fn a_text_cannot_end_its_answer_or_its_line() {
        let shown = Answer::Done("a\x1b\\b\r\nc\u{9c}".into()).to_string();
        assert_eq!(heard(shown.as_bytes()), [Answer::Done("a?\\b?\nc?".into())]);
        assert!(!shown.contains('\n') && !shown.contains('\r'));
    }

    #[test]
    fn an_answer_that_was_damaged_is_none() {
        let shown = Answer::Got(12).to_string();
        assert_eq!(heard(shown.replace("12", "13").as_bytes()), []);
        assert_eq!(heard(&shown.as_bytes()[..shown.len() - 2]), []);
        assert_eq!(heard(format!("\x1b_spindle \x1b_{shown}").as_bytes()), [Answer::Got(12)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500), at in 0..5_usize) {
            heard(&[&bytes, all()[at].to_string().as_bytes(), &bytes].concat());
        }
    }
}

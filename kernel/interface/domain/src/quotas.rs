//! Quotas: what a domain may have, as it is said by who loads it.
//!
//! Each is a word, `heap=256K` for one; both the shell and `boot.conf` read them with this. What is not said is not limited, but by
//! what the kernel gives everybody.
//!
//! This file does not know how any of them is kept.

use core::fmt;

use crate::size::parse_size;

/// What a domain may have; nothing where nobody has said so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes on the heap at a time.
    pub heap_bytes: Option<usize>,
    /// Pages of memory beside the heap.
    pub frames: Option<usize>,
    /// Handlers bound to events at a time, installed or not.
    pub bindings: Option<usize>,
    /// Posts of each core on their way at a time.
    pub slots: Option<usize>,
    /// Percent of each core's time for its handlers.
    pub share: Option<u8>,
    /// Strands at a time.
    pub strands: Option<usize>,
}

/// Why a word says no quota; `W` is the word, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaError<W> {
    /// This is no size.
    NoSize(W),
    /// This is no number.
    NoCount(W),
    /// This is no share of a core.
    NoShare(W),
    /// It has been said already.
    Twice(W),
}

impl<W> QuotaError<W> {
    /// The same, about another form of the word.
    pub fn map<V>(self, form: impl FnOnce(W) -> V) -> QuotaError<V> {
        match self {
            Self::NoSize(word) => QuotaError::NoSize(form(word)),
            Self::NoCount(word) => QuotaError::NoCount(form(word)),
            Self::NoShare(word) => QuotaError::NoShare(form(word)),
            Self::Twice(word) => QuotaError::Twice(form(word)),
        }
    }
}

impl<W: fmt::Display> fmt::Display for QuotaError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSize(word) => write!(f, "`{word}` is no size; write bytes, or 256K, or 16M"),
            Self::NoCount(word) => write!(f, "`{word}` is no number"),
            Self::NoShare(word) => write!(f, "`{word}` is no share of a core; write 1% to 100%"),
            Self::Twice(word) => write!(f, "`{word}` comes behind another of its kind"),
        }
    }
}

impl<W: fmt::Debug + fmt::Display> core::error::Error for QuotaError<W> {}

/// What words for quotas begin with.
const KINDS: [&str; 6] = ["heap=", "frames=", "bindings=", "slots=", "share=", "strands="];

impl Quotas {
    /// Whether `word` is meant to say one.
    #[must_use]
    pub fn is_one(word: &str) -> bool {
        KINDS.iter().any(|kind| word.starts_with(kind))
    }

    /// These, and what is not said here as `others` say.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            heap_bytes: self.heap_bytes.or(others.heap_bytes),
            frames: self.frames.or(others.frames),
            bindings: self.bindings.or(others.bindings),
            slots: self.slots.or(others.slots),
            share: self.share.or(others.share),
            strands: self.strands.or(others.strands),
        }
    }

    /// Takes in what `word` says, if it is meant to say one.
    ///
    /// # Errors
    /// [`QuotaError`]; nothing has changed then.
    pub fn take<'a>(&mut self, word: &'a str) -> Result<(), QuotaError<&'a str>> {
        let Some((kind, said)) = word.split_once('=') else { return Ok(()) };
        let count = |place: &mut Option<usize>| {
            put(place, word, said.parse().map_err(|_| QuotaError::NoCount(said))?)
        };
        match kind {
            "heap" => put(&mut self.heap_bytes, word, parse_size(said).ok_or(QuotaError::NoSize(said))?),
            "frames" => count(&mut self.frames),
            "bindings" => count(&mut self.bindings),
            "slots" => count(&mut self.slots),
            "strands" => count(&mut self.strands),
            "share" => put(&mut self.share, word, percent(said).ok_or(QuotaError::NoShare(said))?),
            _ => Ok(()),
        }
    }
}

fn put<'a, T>(place: &mut Option<T>, word: &'a str, value: T) -> Result<(), QuotaError<&'a str>> {
    if place.is_some() {
        return Err(QuotaError::Twice(word));
    }
    *place = Some(value);
    Ok(())
}

fn percent(said: &str) -> Option<u8> {
    said.strip_suffix('%')?.parse().ok().filter(|percent| (1..=100).contains(percent))
}

#[cfg(test)]
mod tests {
    use super::{QuotaError, Quotas};

    #[test]
    fn each_word_says_one() {
        let mut quotas = Quotas::default();
        for word in ["share=20%", "heap=256K", "bindings=50", "slots=16", "frames=64", "strands=5"] {
            assert!(Quotas::is_one(word));
            assert_eq!(quotas.take(word), Ok(()), "{word}");
        }
        let all = Quotas {
            heap_bytes: Some(256 << 10),
            frames: Some(64),
            bindings: Some(50),
            slots: Some(16),
            share: Some(20),
            strands: Some(5),
        };
        assert_eq!(quotas, all);
        assert!(!Quotas::is_one("with") && !Quotas::is_one("frame=1") && !Quotas::is_one("heap"));
    }

    #[test]
    fn what_is_wrong_is_named_and_changes_nothing() {
        let refused = [
            ("heap=much", QuotaError::NoSize("much")),
            ("bindings=", QuotaError::NoCount("")),
            ("slots=-1", QuotaError::NoCount("-1")),
            ("frames=4K", QuotaError::NoCount("4K")),
            ("share=20", QuotaError::NoShare("20")),
            ("share=0%", QuotaError::NoShare("0%")),
            ("share=200%", QuotaError::NoShare("200%")),
        ];
        for (word, error) in refused {
            let mut quotas = Quotas::default();
            assert_eq!(quotas.take(word), Err(error), "{word}");
            assert_eq!(quotas, Quotas::default(), "{word}");
        }
        let mut quotas = Quotas { slots: Some(1), ..Quotas::default() };
        assert_eq!(quotas.take("slots=2"), Err(QuotaError::Twice("slots=2")));
    }
}

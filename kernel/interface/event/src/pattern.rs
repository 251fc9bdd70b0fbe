//! Pattern: what a handler asks of a key, said so that it can be looked up.
//!
//! A guard is code and has to be run to be answered. A pattern is a value: those of many handlers can be put in an
//! index, which finds the ones that hold without asking each.
//!
//! Invariant: every pattern holds for at least one key when it is alone. Patterns are made by the functions here,
//! which refuse anything else.
//!
//! This file knows neither events nor handlers, nor what a key stands for.
//!
//! Sources: handlers chosen by a declared value rather than by code, SPIN (Pardyak and Bershad, OSDI 1996); the longest
//! prefix is the rule of IP routing (RFC 4632, section 5.1).

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

/// What a handler asks of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The key is this one.
    #[non_exhaustive]
    Equal(u64),
    /// The key is one of these: ascending, each once, at least one.
    #[non_exhaustive]
    OneOf(Vec<u64>),
    /// The key lies in this range, which is not empty.
    #[non_exhaustive]
    Range(RangeInclusive<u64>),
    /// The key begins with these bits, and there is no longer prefix in the same index that it begins with. Patterns
    /// with one and the same prefix hold together.
    #[non_exhaustive]
    Prefix {
        /// The prefix; all bits behind it are zero.
        value: u64,
        /// How many bits it has, counted from the most significant one: 0 to 64.
        bits: u32,
    },
}

/// Why there is no such pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// A set of no keys holds for none.
    EmptySet,
    /// This range holds for no key.
    EmptyRange(RangeInclusive<u64>),
    /// A prefix of so many bits is longer than a key.
    PrefixTooLong(u32),
}

impl Pattern {
    /// The key is `key`.
    #[must_use]
    pub const fn equal(key: u64) -> Self {
        Self::Equal(key)
    }

    /// The key is one of `keys`.
    ///
    /// # Errors
    /// [`PatternError::EmptySet`] when there are none.
    pub fn one_of(keys: impl IntoIterator<Item = u64>) -> Result<Self, PatternError> {
        let mut keys: Vec<u64> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() { Err(PatternError::EmptySet) } else { Ok(Self::OneOf(keys)) }
    }

    /// The key lies in `range`.
    ///
    /// # Errors
    /// [`PatternError::EmptyRange`] when no key does.
    pub fn range(range: RangeInclusive<u64>) -> Result<Self, PatternError> {
        if range.is_empty() { Err(PatternError::EmptyRange(range)) } else { Ok(Self::Range(range)) }
    }

    /// The key begins with the `bits` most significant bits of `value`, and with no longer prefix that is asked for in
    /// the same index. The other bits of `value` are ignored.
    ///
    /// # Errors
    /// [`PatternError::PrefixTooLong`] when `bits` is above 64.
    pub const fn longest_prefix(value: u64, bits: u32) -> Result<Self, PatternError> {
        if bits > u64::BITS {
            return Err(PatternError::PrefixTooLong(bits));
        }
        Ok(Self::Prefix { value: value & !behind(bits), bits })
    }

    /// Whether `key` is as asked. For a prefix: whether `key` begins with it, whatever else there is.
    #[must_use]
    pub fn holds(&self, key: u64) -> bool {
        match self {
            Self::Equal(only) => *only == key,
            Self::OneOf(keys) => keys.binary_search(&key).is_ok(),
            Self::Range(range) => range.contains(&key),
            Self::Prefix { value, bits } => key & !behind(*bits) == *value,
        }
    }

    /// The keys this names one by one; none for a range or a prefix.
    pub(crate) fn keys(&self) -> &[u64] {
        match self {
            Self::Equal(only) => core::slice::from_ref(only),
            Self::OneOf(keys) => keys,
            Self::Range(_) | Self::Prefix { .. } => &[],
        }
    }

    /// The first and the last key for which this holds, for a range or a prefix.
    pub(crate) fn ends(&self) -> Option<(u64, u64)> {
        match self {
            Self::Equal(_) | Self::OneOf(_) => None,
            Self::Range(range) => Some((*range.start(), *range.end())),
            Self::Prefix { value, bits } => Some((*value, value | behind(*bits))),
        }
    }

    /// How many bits a key must begin with, for a prefix.
    pub(crate) const fn prefix_bits(&self) -> Option<u32> {
        if let Self::Prefix { bits, .. } = self { Some(*bits) } else { None }
    }
}

/// The bits of a key behind a prefix of `bits`.
const fn behind(bits: u32) -> u64 {
    // A shift by all 64 is none.
    if bits < u64::BITS { u64::MAX >> bits } else { 0 }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal(only) => write!(f, "= {only}"),
            Self::OneOf(keys) => {
                f.write_str("in {")?;
                for (at, key) in keys.iter().enumerate() {
                    write!(f, "{}{key}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            Self::Range(range) => write!(f, "in {}..={}", range.start(), range.end()),
            Self::Prefix { value, bits } => write!(f, "{value:#018x}/{bits}"),
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptySet => f.write_str("a set of no keys holds for none"),
            Self::EmptyRange(range) => write!(f, "no key lies in {}..={}", range.start(), range.end()),
            Self::PrefixTooLong(bits) => write!(f, "a key has no prefix of {bits} bits, only of 0 to 64"),
        }
    }
}

impl core::error::Error for PatternError {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::{Pattern, PatternError};

    #[test]
    fn what_holds_for_no_key_is_refused_and_named() {
        assert_eq!(Pattern::one_of([]), Err(PatternError::EmptySet));
        #[expect(clippy::reversed_empty_ranges, reason = "such a range is what is refused")]
        let backwards = 3..=2;
        assert_eq!(Pattern::range(backwards.clone()), Err(PatternError::EmptyRange(backwards)));
        assert_eq!(Pattern::longest_prefix(0, 65), Err(PatternError::PrefixTooLong(65)));
    }

    #[test]
    fn a_set_is_kept_in_order_and_each_key_once() {
        assert_eq!(Pattern::one_of([7, 1, 7, 3]), Ok(Pattern::OneOf(vec![1, 3, 7])));
    }

    #[test]
    fn bits_behind_a_prefix_do_not_count() {
        let prefix = Pattern::longest_prefix(0xc0a8_1234_0000_0001, 16).expect("a prefix");
        assert_eq!(Pattern::longest_prefix(0xc0a8 << 48, 16), Ok(prefix.clone()));
        assert!(prefix.holds(0xc0a8 << 48) && prefix.holds(0xc0a8_ffff_ffff_ffff));
        assert!(!prefix.holds(0xc0a9 << 48) && !prefix.holds((0xc0a8 << 48) - 1));
    }

    #[test]
    fn a_prefix_of_no_bits_holds_for_all_keys_and_one_of_all_bits_for_a_single_one() {
        let all = Pattern::longest_prefix(5, 0).expect("a prefix");
        let single = Pattern::longest_prefix(5, 64).expect("a prefix");
        assert_eq!((all.ends(), single.ends()), (Some((0, u64::MAX)), Some((5, 5))));
        assert!(all.holds(0) && all.holds(u64::MAX));
        assert!(single.holds(5) && !single.holds(4));
    }

    #[test]
    fn a_range_holds_up_to_and_with_its_ends() {
        let range = Pattern::range(10..=u64::MAX).expect("a range");
        assert!(range.holds(10) && range.holds(u64::MAX) && !range.holds(9));
    }

    #[test]
    fn patterns_and_refusals_are_said_in_few_words() {
        let said = |pattern: Result<Pattern, PatternError>| pattern.expect("a pattern").to_string();
        assert_eq!(said(Ok(Pattern::equal(80))), "= 80");
        assert_eq!(said(Pattern::one_of([2, 1])), "in {1, 2}");
        assert_eq!(said(Pattern::range(10..=20)), "in 10..=20");
        assert_eq!(said(Pattern::longest_prefix(0xc0a8 << 48, 16)), "0xc0a8000000000000/16");
        let refused = Pattern::longest_prefix(0, 70).expect_err("a refusal").to_string();
        assert_eq!(refused, "a key has no prefix of 70 bits, only of 0 to 64");
    }
}

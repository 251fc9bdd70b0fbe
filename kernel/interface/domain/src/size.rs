//! Size: how a number of bytes is said.

/// How many bytes `word` says: a number, with `K` or `M` behind it for KiB or MiB.
pub(crate) fn parse_size(word: &str) -> Option<usize> {
    let (digits, unit) = match word.char_indices().next_back() {
        Some((end, 'K')) => (&word[..end], 1 << 10),
        Some((end, 'M')) => (&word[..end], 1 << 20),
        _ => (word, 1),
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn a_size_is_a_number_with_a_unit_or_none() {
        let all = [("77", 77), ("256K", 256 << 10), ("2M", 2 << 20), ("0", 0)];
        for (word, bytes) in all {
            assert_eq!(parse_size(word), Some(bytes), "{word}");
        }
    }

    #[test]
    fn what_is_no_size_or_too_large_is_none() {
        for word in ["", "K", "-1", "1k", "1KM", "much", "99999999999999999999", "18446744073709551615K"] {
            assert_eq!(parse_size(word), None, "{word}");
        }
    }
}

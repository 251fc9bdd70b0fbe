//! Lines: bytes in, complete lines out.

use alloc::string::String;
use alloc::vec::Vec;

/// What was typed since the last end of a line.
pub(crate) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// A line that gets this long, in bytes, ends there.
    const LONGEST: usize = 256;

    pub(crate) const fn new() -> Self {
        Self { begun: Vec::new() }
    }

    /// Takes what was typed next; returns the lines it completes. A line ends with `\r` or `\n`; empty ones are left
    /// out, so `\r\n` ends one line and not two.
    pub(crate) fn take(&mut self, typed: &[u8]) -> Vec<String> {
        let mut complete = Vec::new();
        for &byte in typed {
            let is_end = matches!(byte, b'\r' | b'\n');
            if !is_end {
                self.begun.push(byte);
            }
            if (is_end && !self.begun.is_empty()) || self.begun.len() >= Self::LONGEST {
                complete.push(String::from_utf8_lossy(&self.begun).into_owned());
                self.begun.clear();
            }
        }
        complete
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_line_may_come_in_pieces_and_several_in_one() {
        let mut lines = Lines::new();
        assert!(lines.take(b"he").is_empty());
        assert_eq!(lines.take(b"llo\r\nthere\nand"), ["hello", "there"]);
        assert_eq!(lines.take(b"\r"), ["and"]);
    }

    #[test]
    fn a_character_split_over_two_pieces_comes_out_whole() {
        let mut lines = Lines::new();
        assert!(lines.take(&[0xc3]).is_empty());
        assert_eq!(lines.take(&[0xa4, b'\n']), ["ä"]);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut lines = Lines::new();
        let cut = lines.take(&[b'x'; Lines::LONGEST + 1]);
        assert_eq!(cut.len(), 1);
        assert_eq!(cut[0].len(), Lines::LONGEST);
        assert_eq!(lines.take(b"\n"), ["x"]);
    }
}

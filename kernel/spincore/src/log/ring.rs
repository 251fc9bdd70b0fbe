//! A ring of text that keeps the last lines.
//!
//! A fixed array of bytes; a new line pushes out the oldest ones, whole. Nothing is allocated, so that a line can be written
//! when there is no heap yet, or none left. Lines are UTF-8 without line ends; a line longer than the ring keeps its beginning.
//!
//! Pure: this file knows neither locks nor clocks.

/// The last lines written, at most `N` bytes of them.
#[derive(Debug)]
pub(crate) struct Ring<const N: usize> {
    bytes: [u8; N],
    /// Where the oldest line begins.
    start: usize,
    /// How many bytes are in use from there on; always whole lines, each with its `\n`.
    used: usize,
}

impl<const N: usize> Ring<N> {
    /// A ring without lines.
    #[must_use]
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], start: 0, used: 0 }
    }

    /// Adds `line`, pushing out as many of the oldest as it takes. A line end inside it becomes a space.
    pub(crate) fn push(&mut self, line: &str) {
        let line = beginning(line, N.saturating_sub(1));
        if N == 0 {
            return;
        }
        while self.used + line.len() + 1 > N {
            self.drop_oldest();
        }
        for byte in line.bytes() {
            self.put(if byte == b'\n' { b' ' } else { byte });
        }
        self.put(b'\n');
    }

    /// Calls `each` with the bytes of all lines, oldest first, in at most two pieces; every line ends in `\n`.
    pub(crate) fn pieces(&self) -> (&[u8], &[u8]) {
        let end = self.start + self.used;
        if end <= N {
            (&self.bytes[self.start..end], &[])
        } else {
            (&self.bytes[self.start..], &self.bytes[..end - N])
        }
    }

    /// Gives up the oldest line.
    fn drop_oldest(&mut self) {
        while self.used > 0 {
            let byte = self.bytes[self.start];
            self.start = (self.start + 1) % N;
            self.used -= 1;
            if byte == b'\n' {
                break;
            }
        }
    }

    fn put(&mut self, byte: u8) {
        self.bytes[(self.start + self.used) % N] = byte;
        self.used += 1;
    }
}

/// As much of `text` as fits into `limit_bytes`, cut between characters.
pub(crate) fn beginning(text: &str, limit_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(limit_bytes)]
}

#[cfg(test)]
mod tests {
    use super::{Ring, beginning};
    use alloc::string::String;

    fn text<const N: usize>(ring: &Ring<N>) -> String {
        let (first, second) = ring.pieces();
        let mut bytes = first.to_vec();
        bytes.extend_from_slice(second);
        String::from_utf8(bytes).expect("whole lines are whole text")
    }

    #[test]
    fn lines_come_back_in_order() {
        let mut ring = Ring::<64>::new();
        assert_eq!(text(&ring), "");
        ring.push("one");
        ring.push("");
        ring.push("three");
        assert_eq!(text(&ring), "one\n\nthree\n");
    }

    #[test]
    fn the_oldest_lines_go_first_and_whole() {
        let mut ring = Ring::<12>::new();
        for line in ["aaaa", "bbbb", "cc", "dddddd"] {
            ring.push(line);
        }
        assert_eq!(text(&ring), "cc\ndddddd\n");
    }

    #[test]
    fn wrapping_never_loses_the_newest_line() {
        let mut ring = Ring::<50>::new();
        for number in 0..1_000_u32 {
            let line = alloc::format!("line {number}");
            ring.push(&line);
            assert!(text(&ring).ends_with(&alloc::format!("{line}\n")));
            assert!(text(&ring).starts_with("line "));
        }
    }

    #[test]
    fn a_line_longer_than_the_ring_keeps_its_beginning() {
        let mut ring = Ring::<8>::new();
        ring.push("ab");
        ring.push("0123456789");
        assert_eq!(text(&ring), "0123456\n");
    }

    #[test]
    fn line_ends_inside_a_line_do_not_split_it() {
        let mut ring = Ring::<16>::new();
        ring.push("a\nb");
        assert_eq!(text(&ring), "a b\n");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(beginning("grüße", 3), "gr");
        assert_eq!(beginning("grüße", 4), "grü");
        assert_eq!(beginning("ab", 9), "ab");
        let mut ring = Ring::<4>::new();
        ring.push("grüße");
        assert_eq!(text(&ring), "gr\n");
    }
}

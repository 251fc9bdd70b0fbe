//! The serial line as a person at a terminal would see it: lines, with a line editor's redrawing taken out.
//!
//! Understands what line editors send (ECMA-48: cursor left and right, erase to the end, save, restore, report position),
//! shows nothing of strings that are meant for programs (application program commands), and answers their question how wide the terminal is. Invariant: what it was fed in one piece or byte by byte makes no
//! difference. It isn't a full terminal: there is one line that can be redrawn, the last.

const ESCAPE: u8 = 0x1b;
const ROWS: usize = 24;
/// Wide, so that an editor never wraps a line.
const COLUMNS: usize = 999;

/// Reads bytes, keeps lines.
#[derive(Debug, Default)]
pub struct Terminal {
    line: Vec<u8>,
    column: usize,
    saved: usize,
    sequence: Vec<u8>,
    finished: Vec<String>,
    replies: Vec<u8>,
    has_asked: bool,
    /// The line as it stood when its position was last asked for.
    asked: Option<String>,
}

impl Terminal {
    /// Reads what the guest sent.
    pub fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.read(byte);
        }
    }

    /// The lines that were ended since the last call.
    pub fn take_lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.finished)
    }

    /// What the terminal has to answer since the last call.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// The line that isn't ended yet, as it stands.
    pub fn line(&self) -> String {
        String::from_utf8_lossy(&self.line).into_owned()
    }

    /// Whether the guest waits for typing behind this prompt: the line is the prompt and nothing else, and an editor
    /// that asks for positions has asked for this one.
    pub fn is_at(&self, prompt: &str) -> bool {
        self.line() == prompt && (!self.has_asked || self.asked.as_deref() == Some(prompt))
    }

    fn read(&mut self, byte: u8) {
        if !self.sequence.is_empty() || byte == ESCAPE {
            self.sequence.push(byte);
            self.finish_sequence();
            return;
        }
        match byte {
            b'\n' => self.end_line(),
            b'\r' => self.column = 0,
            0x08 => self.column = self.column.saturating_sub(1),
            byte if byte < b' ' => {}
            byte => self.put(byte),
        }
    }

    fn put(&mut self, byte: u8) {
        if self.column >= self.line.len() {
            self.line.resize(self.column + 1, b' ');
        }
        if let Some(place) = self.line.get_mut(self.column) {
            *place = byte;
        }
        self.column += 1;
    }

    fn end_line(&mut self) {
        let line = self.line();
        self.finished.push(line.trim_end().to_owned());
        self.line.clear();
        self.column = 0;
        self.asked = None;
    }

    /// Carries out the control sequence that stands in `sequence`, once it is whole.
    fn finish_sequence(&mut self) {
        let [_, kind, rest @ ..] = self.sequence.as_slice() else { return };
        match (kind, rest) {
            (b'[', []) => return,
            (b'[', [.., last]) if !(0x40..=0x7e).contains(last) => return,
            (b'[', [parameters @ .., last]) => {
                let numbers = numbers(parameters);
                let last = *last;
                self.control(last, &numbers);
            }
            // A string, up to its terminator.
            (b'_', [.., ESCAPE, b'\\']) => {}
            (b'_', _) => return,
            (b'7', _) => self.saved = self.column,
            (b'8', _) => self.column = self.saved,
            _ => {}
        }
        self.sequence.clear();
    }

    fn control(&mut self, last: u8, numbers: &[usize]) {
        let first = numbers.first().copied();
        let steps = first.unwrap_or(1).max(1);
        match last {
            b'J' | b'K' if first.unwrap_or(0) == 0 => self.line.truncate(self.column),
            b'C' => self.column = (self.column + steps).min(COLUMNS - 1),
            b'D' => self.column = self.column.saturating_sub(steps),
            b'G' => self.column = (steps - 1).min(COLUMNS - 1),
            b'H' => self.column = (numbers.get(1).copied().unwrap_or(1).max(1) - 1).min(COLUMNS - 1),
            b'n' if first == Some(6) => self.report_position(),
            _ => {}
        }
    }

    fn report_position(&mut self) {
        self.has_asked = true;
        self.asked = Some(self.line());
        self.replies.extend_from_slice(format!("\x1b[{ROWS};{}R", self.column + 1).as_bytes());
    }
}

fn numbers(parameters: &[u8]) -> Vec<usize> {
    let text = String::from_utf8_lossy(parameters);
    text.split(';').filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "spindle> ";

    fn fed(text: &str) -> Terminal {
        let mut terminal = Terminal::default();
        terminal.feed(text.as_bytes());
        terminal
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return() {
        assert_eq!(fed("one\r\ntwo\n\nthree").take_lines(), ["one", "two", ""]);
        assert_eq!(fed("one\r\nthree").line(), "three");
    }

    #[test]
    fn a_redrawn_line_counts_once() {
        let mut terminal = fed("\r\x1b[Jspindle> l\r\x1b[Jspindle> lo\x1b[2Dec\x1b[Kho\r\n");
        assert_eq!(terminal.take_lines(), ["spindle> echo"]);
    }

    #[test]
    fn an_editor_that_asks_is_told_width_and_position() {
        let mut terminal = fed("\x1b7\x1b[999;999H\x1b[6n\x1b8");
        assert_eq!(terminal.take_replies(), b"\x1b[24;999R");
        terminal.feed(b"\r\x1b[Jspindle> ");
        terminal.feed(b"\x1b[6n");
        assert_eq!(terminal.take_replies(), b"\x1b[24;10R");
    }

    #[test]
    fn a_prompt_is_ready_only_when_its_position_was_asked_for_by_an_editor_that_asks() {
        assert!(fed("boot\r\nspindle> ").is_at(PROMPT));
        let mut asking = fed("\x1b[6n\r\x1b[Jspindle> ");
        assert!(!asking.is_at(PROMPT));
        asking.feed(b"\x1b[6n");
        assert!(asking.is_at(PROMPT));
    }

    #[test]
    fn a_prompt_with_something_behind_it_is_none() {
        assert!(!fed("spindle> h").is_at(PROMPT));
        assert!(!fed("the spindle> ").is_at(PROMPT));
    }

    #[test]
    fn pieces_make_no_difference() {
        let text = "\x1b7\x1b[999;999H\x1b[6n\x1b8one\r\n\r\x1b[Jspindle> \x1b[6n";
        let whole = fed(text);
        let mut pieces = Terminal::default();
        for byte in text.as_bytes() {
            pieces.feed(&[*byte]);
        }
        assert_eq!(pieces.line(), whole.line());
        assert_eq!(pieces.finished, whole.finished);
        assert_eq!(pieces.replies, whole.replies);
    }

    #[test]
    fn what_is_meant_for_a_program_is_not_shown() {
        let mut terminal = fed("\x1b_spindle 00000000 got 1\x1b\\spindle> \x1b_x\x1b\\");
        assert!(terminal.is_at(PROMPT));
        terminal.feed(b"y\r\n");
        assert_eq!(terminal.take_lines(), ["spindle> y"]);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_end_it() {
        let mut terminal = Terminal::default();
        terminal.feed(b"a\xff\x00b\x1bZ\x1b[31mc\n");
        assert_eq!(terminal.take_lines(), ["a\u{fffd}bc"]);
    }
}

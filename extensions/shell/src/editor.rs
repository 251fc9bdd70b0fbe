//! Editor: keys in, screen and complete lines out.
//!
//! Line and history are `editline`'s; here is only what a terminal has to be sent for them. It has to know carriage
//! return, `ESC [ K` (erase to the end of the line), `ESC [ n D` (left) and `ESC [ 2 J` (clear): ECMA-48, 8.3.

use alloc::string::String;
use core::fmt::Write;

use editline::{History, KeyEvent, LineBuffer};

use crate::keys::{Key, Keys};

/// What stands in front of each line.
pub(crate) const PROMPT: &str = "spindle> ";

/// How long a line gets, in bytes.
const LONGEST: usize = 256;
/// How many lines are remembered.
const REMEMBERED: usize = 64;
const BELL: char = '\x07';

/// One line in the making, and those before it.
pub(crate) struct Editor {
    keys: Keys,
    line: LineBuffer,
    history: History,
}

impl Editor {
    pub(crate) fn new() -> Self {
        Self { keys: Keys::default(), line: LineBuffer::new(LONGEST), history: History::new(REMEMBERED) }
    }

    /// Takes the next byte that was typed, writes what the screen has to show for it, and returns the line if it is
    /// complete.
    pub(crate) fn take(&mut self, byte: u8, screen: &mut String) -> Option<String> {
        match self.keys.take(byte)? {
            Key::Edit(KeyEvent::Enter) => return Some(self.finish(screen)),
            Key::Edit(event) => self.edit(event, screen),
            Key::Abandon => {
                self.line.clear();
                screen.push_str("^C\n");
                screen.push_str(PROMPT);
            }
            Key::ClearScreen => {
                screen.push_str("\x1b[2J\x1b[H");
                self.show(screen);
            }
            Key::Kill => {
                self.line.clear();
                self.show(screen);
            }
            Key::KillRest => {
                while self.line.delete_at_cursor() {}
                self.show(screen);
            }
            Key::Unknown => screen.push(BELL),
        }
        None
    }

    fn finish(&mut self, screen: &mut String) -> String {
        let line = String::from(self.text());
        self.history.add(&line);
        self.history.reset_view();
        self.line.clear();
        screen.push('\n');
        line
    }

    fn edit(&mut self, event: KeyEvent, screen: &mut String) {
        if let KeyEvent::Normal(letter) = event
            && self.is_at_end()
            && self.line.len() < LONGEST
        {
            self.line.insert_char(letter);
            screen.push(letter);
            return;
        }
        if self.change(event) {
            self.show(screen);
        } else {
            screen.push(BELL);
        }
    }

    /// Whether anything came of it.
    fn change(&mut self, event: KeyEvent) -> bool {
        let line = &mut self.line;
        match event {
            KeyEvent::Normal(letter) if line.len() < LONGEST => {
                line.insert_char(letter);
                true
            }
            KeyEvent::Normal(_) | KeyEvent::Enter => false,
            KeyEvent::Left => line.move_cursor_left(),
            KeyEvent::Right => line.move_cursor_right(),
            KeyEvent::Home => line.move_cursor_to_start() > 0,
            KeyEvent::End => line.move_cursor_to_end() > 0,
            KeyEvent::CtrlLeft => line.move_cursor_word_left() > 0,
            KeyEvent::CtrlRight => line.move_cursor_word_right() > 0,
            KeyEvent::Backspace => line.delete_before_cursor(),
            KeyEvent::Delete => line.delete_at_cursor(),
            KeyEvent::AltBackspace => line.delete_word_left() > 0,
            KeyEvent::CtrlDelete => line.delete_word_right() > 0,
            KeyEvent::Up => {
                let current = String::from(self.text());
                self.history.previous(&current).map(|older| self.line.load(older)).is_some()
            }
            KeyEvent::Down => self.history.next_entry().map(|newer| self.line.load(newer)).is_some(),
        }
    }

    /// Shows the line anew, with the cursor where it belongs.
    fn show(&self, screen: &mut String) {
        let behind = self.line.len() - self.line.cursor_pos();
        screen.push('\r');
        screen.push_str(PROMPT);
        screen.push_str(self.text());
        screen.push_str("\x1b[K");
        if behind > 0 {
            // Writing to a string does not fail.
            let _ = write!(screen, "\x1b[{behind}D");
        }
    }

    fn is_at_end(&self) -> bool {
        self.line.cursor_pos() == self.line.len()
    }

    fn text(&self) -> &str {
        // Only characters of one byte are let in, so it always is UTF-8.
        self.line.as_str().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Editor;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn edit(editor: &mut Editor, typed: &str) -> (Vec<String>, String) {
        let mut screen = String::new();
        let lines = typed.bytes().filter_map(|byte| editor.take(byte, &mut screen)).collect();
        (lines, screen)
    }

    fn lines(typed: &str) -> Vec<String> {
        edit(&mut Editor::new(), typed).0
    }

    #[test]
    fn what_is_typed_at_the_end_is_echoed_as_it_is() {
        let (lines, screen) = edit(&mut Editor::new(), "cores\r");
        assert_eq!(lines, ["cores"]);
        assert_eq!(screen, "cores\n");
    }

    #[test]
    fn a_line_can_be_edited_anywhere() {
        assert_eq!(lines("cxores\x01\x06\x04\r"), ["cores"]);
        assert_eq!(lines("lod\x1b[Da\r"), ["load"]);
        assert_eq!(lines("load echo\x17shell\r"), ["load shell"]);
        assert_eq!(lines("nonsense\x15mem\r"), ["mem"]);
        assert_eq!(lines("memory\x01\x06\x06\x06\x0b\r"), ["mem"]);
        assert_eq!(lines("wrong\x03right\r"), ["right"]);
    }

    #[test]
    fn earlier_lines_come_back() {
        let up = "\x1b[A";
        let down = "\x1b[B";
        let mut editor = Editor::new();
        edit(&mut editor, "first\rsecond\r");
        assert_eq!(edit(&mut editor, &[up, up, "\r"].concat()).0, ["first"]);
        assert_eq!(edit(&mut editor, &["begun", up, down, "\r"].concat()).0, ["begun"]);
    }

    #[test]
    fn an_edit_in_the_middle_shows_the_line_and_puts_the_cursor_back() {
        let (_, screen) = edit(&mut Editor::new(), "ac\x1b[Db");
        assert_eq!(screen, "ac\rspindle> ac\x1b[K\x1b[1D\rspindle> abc\x1b[K\x1b[1D");
    }

    #[test]
    fn a_full_line_rings_and_takes_no_more() {
        let mut editor = Editor::new();
        let (_, screen) = edit(&mut editor, &"x".repeat(300));
        assert_eq!(screen.matches('\x07').count(), 300 - 256);
        assert_eq!(edit(&mut editor, "\r").0[0].len(), 256);
    }
}

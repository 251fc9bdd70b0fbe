//! Keys: the bytes of a terminal, decoded.
//!
//! Source: ECMA-48, 5th edition, 5.4 (control sequences), and xterm's control sequences for the keys.

use editline::KeyEvent;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// To edit the line, as `editline` names it.
    Edit(KeyEvent),
    /// To forget the line.
    Abandon,
    /// To clear the screen and begin it with the line.
    ClearScreen,
    /// To empty the line.
    Kill,
    /// To empty the line from here on.
    KillRest,
    /// Something this shell has no use for.
    Unknown,
}

/// Where in a sequence of bytes we are.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    state: State,
    /// A line feed that comes now belongs to the carriage return before it.
    is_after_return: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    /// In a control sequence: the last number in it, and whether it stands behind a `;`.
    Sequence {
        number: u8,
        is_modified: bool,
    },
}

impl Keys {
    /// Takes the next byte; returns the key that it completes.
    pub(crate) fn take(&mut self, byte: u8) -> Option<Key> {
        let is_second_half = byte == b'\n' && self.is_after_return;
        self.is_after_return = byte == b'\r';
        if is_second_half {
            return None;
        }
        match self.state {
            State::Ground if byte == 0x1b => {
                self.state = State::Escape;
                None
            }
            State::Ground => Some(plain(byte)),
            State::Escape => self.escape(byte),
            State::Sequence { number, is_modified } => self.sequence(byte, number, is_modified),
        }
    }

    fn escape(&mut self, byte: u8) -> Option<Key> {
        self.state = State::Ground;
        match byte {
            // `O` begins the cursor keys of a terminal in application mode.
            b'[' | b'O' => {
                self.state = State::Sequence { number: 0, is_modified: false };
                None
            }
            0x7f | 0x08 => Some(Key::Edit(KeyEvent::AltBackspace)),
            b'b' => Some(Key::Edit(KeyEvent::CtrlLeft)),
            b'f' => Some(Key::Edit(KeyEvent::CtrlRight)),
            b'd' => Some(Key::Edit(KeyEvent::CtrlDelete)),
            _ => Some(Key::Unknown),
        }
    }

    fn sequence(&mut self, byte: u8, number: u8, is_modified: bool) -> Option<Key> {
        match byte {
            b'0'..=b'9' => {
                let number = number.saturating_mul(10).saturating_add(byte - b'0');
                // Of `1;5C` the key is in the `C`; of `3~` it is in the number. So behind a `;` numbers are left out.
                if !is_modified {
                    self.state = State::Sequence { number, is_modified };
                }
                None
            }
            b';' => {
                self.state = State::Sequence { number, is_modified: true };
                None
            }
            // Parameters and intermediates that mean nothing here: the sequence goes on to its final byte.
            0x20..=0x3f => None,
            _ => {
                self.state = State::Ground;
                Some(final_byte(byte, number, is_modified))
            }
        }
    }
}

fn plain(byte: u8) -> Key {
    match byte {
        b'\r' | b'\n' => Key::Edit(KeyEvent::Enter),
        0x7f | 0x08 => Key::Edit(KeyEvent::Backspace),
        // Control with a letter, as in Emacs.
        0x01 => Key::Edit(KeyEvent::Home),
        0x02 => Key::Edit(KeyEvent::Left),
        0x03 => Key::Abandon,
        0x04 => Key::Edit(KeyEvent::Delete),
        0x05 => Key::Edit(KeyEvent::End),
        0x06 => Key::Edit(KeyEvent::Right),
        0x0b => Key::KillRest,
        0x0c => Key::ClearScreen,
        0x0e => Key::Edit(KeyEvent::Down),
        0x10 => Key::Edit(KeyEvent::Up),
        0x15 => Key::Kill,
        0x17 => Key::Edit(KeyEvent::AltBackspace),
        // `editline` deletes byte by byte, so a line is kept to characters of one byte.
        b' '..=b'~' => Key::Edit(KeyEvent::Normal(char::from(byte))),
        _ => Key::Unknown,
    }
}

fn final_byte(byte: u8, number: u8, is_modified: bool) -> Key {
    let event = match (byte, number, is_modified) {
        (b'A', ..) => KeyEvent::Up,
        (b'B', ..) => KeyEvent::Down,
        (b'C', _, true) => KeyEvent::CtrlRight,
        (b'D', _, true) => KeyEvent::CtrlLeft,
        (b'C', ..) => KeyEvent::Right,
        (b'D', ..) => KeyEvent::Left,
        (b'H', ..) | (b'~', 1 | 7, _) => KeyEvent::Home,
        (b'F', ..) | (b'~', 4 | 8, _) => KeyEvent::End,
        (b'~', 3, true) => KeyEvent::CtrlDelete,
        (b'~', 3, false) => KeyEvent::Delete,
        _ => return Key::Unknown,
    };
    Key::Edit(event)
}

#[cfg(test)]
mod tests {
    use super::{Key, Keys};
    use alloc::vec::Vec;
    use editline::KeyEvent;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keys = Keys::default();
        bytes.iter().filter_map(|byte| keys.take(*byte)).collect()
    }

    #[test]
    fn a_line_end_of_two_bytes_is_one_key() {
        let enter = Key::Edit(KeyEvent::Enter);
        assert_eq!(keys(b"\r\n"), [enter]);
        assert_eq!(keys(b"\n\n\r\r\n"), [enter; 4]);
    }

    #[test]
    fn sequences_of_several_bytes_are_one_key() {
        let edit = |bytes: &[u8], event| assert_eq!(keys(bytes), [Key::Edit(event)], "{bytes:?}");
        edit(b"\x1b[A", KeyEvent::Up);
        edit(b"\x1bOB", KeyEvent::Down);
        edit(b"\x1b[3~", KeyEvent::Delete);
        edit(b"\x1b[3;5~", KeyEvent::CtrlDelete);
        edit(b"\x1b[1;5C", KeyEvent::CtrlRight);
        edit(b"\x1b[1~", KeyEvent::Home);
        edit(b"\x1b[F", KeyEvent::End);
        edit(b"\x1b\x7f", KeyEvent::AltBackspace);
    }

    #[test]
    fn an_unknown_sequence_leaves_no_letters_behind() {
        assert_eq!(keys(b"\x1b[24;80Rx"), [Key::Unknown, Key::Edit(KeyEvent::Normal('x'))]);
        assert_eq!(keys(b"\x1b[?1;2cx"), [Key::Unknown, Key::Edit(KeyEvent::Normal('x'))]);
        assert_eq!(keys(b"\xc3\xa4"), [Key::Unknown; 2]);
    }
}

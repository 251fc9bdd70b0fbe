//! Packet: how GDB and QEMU wrap what they say to each other: `$`, the text, `#`, and the sum of its bytes as two hex digits.
//!
//! Source: Debugging with GDB, appendix "GDB Remote Serial Protocol". Text that is compressed or escaped isn't read: nothing that
//! is asked for here is answered so. Pure: knows no stream.

use std::fmt;

/// Why bytes are no packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PacketError {
    /// What stands behind the `#` is no number of two digits.
    NoSum(String),
    /// The text adds up to something else.
    WrongSum { said: u8, is: u8 },
    /// The text isn't made of ASCII letters.
    NoText,
}

impl fmt::Display for PacketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSum(digits) => write!(f, "a packet's sum is `{digits}`"),
            Self::WrongSum { said, is } => write!(f, "a packet adds up to {is:#04x} and not {said:#04x}"),
            Self::NoText => f.write_str("a packet holds no text"),
        }
    }
}

impl std::error::Error for PacketError {}

fn sum(text: &[u8]) -> u8 {
    text.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// The packet that says `text`.
pub(crate) fn wrapped(text: &str) -> String {
    format!("${text}#{:02x}", sum(text.as_bytes()))
}

/// The text of the first whole packet of `bytes`, and how many bytes there are up to its end. None if there is no whole one yet.
/// What stands before it, acknowledgements, is passed over.
///
/// # Errors
/// When the packet is damaged.
pub(crate) fn first(bytes: &[u8]) -> Result<Option<(String, usize)>, PacketError> {
    let Some(start) = bytes.iter().position(|byte| *byte == b'$') else { return Ok(None) };
    let body = &bytes[start + 1..];
    let Some(length) = body.iter().position(|byte| *byte == b'#') else { return Ok(None) };
    let Some(digits) = body.get(length + 1..length + 3) else { return Ok(None) };
    let text = &body[..length];
    let digits = String::from_utf8_lossy(digits).into_owned();
    let said = u8::from_str_radix(&digits, 16).map_err(|_| PacketError::NoSum(digits))?;
    if said != sum(text) {
        return Err(PacketError::WrongSum { said, is: sum(text) });
    }
    let text = std::str::from_utf8(text).map_err(|_| PacketError::NoText)?;
    Ok(Some((text.to_owned(), start + 1 + length + 3)))
}

/// The bytes that these hex digits stand for; none if they are no digits.
pub(crate) fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if digits.len().is_multiple_of(2) { digits.chunks(2).map(pair).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_is_read_again() {
        let packet = wrapped("m1000,4");
        assert_eq!(packet, "$m1000,4#8e");
        assert_eq!(first(packet.as_bytes()), Ok(Some(("m1000,4".to_owned(), packet.len()))));
    }

    #[test]
    fn acknowledgements_are_passed_over_and_what_follows_is_left() {
        assert_eq!(first(b"+$OK#9a$T05#b9"), Ok(Some(("OK".to_owned(), 7))));
    }

    #[test]
    fn half_a_packet_is_none_yet() {
        for half in ["", "+", "$", "$OK", "$OK#", "$OK#9"] {
            assert_eq!(first(half.as_bytes()), Ok(None), "{half}");
        }
    }

    #[test]
    fn a_damaged_packet_is_refused() {
        assert_eq!(first(b"$OK#9b"), Err(PacketError::WrongSum { said: 0x9b, is: 0x9a }));
        assert_eq!(first(b"$OK#zz"), Err(PacketError::NoSum("zz".to_owned())));
    }

    #[test]
    fn digits_are_bytes_in_pairs() {
        assert_eq!(bytes("00ff1a"), Some(vec![0, 255, 26]));
        assert_eq!(bytes("00f"), None);
        assert_eq!(bytes("E14"), None);
        assert_eq!(bytes("xx"), None);
    }
}

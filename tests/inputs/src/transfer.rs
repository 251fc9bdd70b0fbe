//! What comes over the serial line while an object is received: packets, damaged ones, noise and silence.
//!
//! A byte says what comes, and the bytes behind it what is in it.

use crc::{CRC_32_ISO_HDLC, Crc};
use spindle_transfer::{Heard, LARGEST_BYTES, LONGEST_NAME_BYTES, Packet, QUIET_TICKS, Receiver};

/// Takes `bytes` as what comes, in this order.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(bytes: &[u8]) {
    let mut receiver = Receiver::new();
    let mut sent: Vec<u8> = Vec::new();
    let mut rest = bytes;
    while let [what, length, more @ ..] = rest {
        let (inside, more) = more.split_at(more.len().min(usize::from(*length)));
        rest = more;
        let number = u32::from(what >> 4);
        let line = match what & 7 {
            0 => {
                judge(receiver.tick());
                continue;
            }
            1 => inside.to_vec(),
            2 => {
                let name = String::from_utf8_lossy(inside).into_owned();
                Packet::Begin { name, bytes: u32::from(*length) << ((what >> 3 & 1) * 20) }.encode(number)
            }
            3 | 4 => {
                sent.extend_from_slice(inside);
                Packet::Piece(inside.to_vec()).encode(number)
            }
            5 => Packet::End { sum: Crc::<u32>::new(&CRC_32_ISO_HDLC).checksum(&sent) }.encode(number),
            6 => Packet::Leave.encode(number),
            _ => damaged(inside, number),
        };
        line.into_iter().for_each(|byte| judge(receiver.take(byte)));
    }
    // Whatever came, silence ends it.
    for _ in 0..=2 * QUIET_TICKS {
        judge(receiver.tick());
    }
    assert!(receiver.is_over(), "still waiting");
}

/// A piece with one bit of it changed on its way.
fn damaged(inside: &[u8], number: u32) -> Vec<u8> {
    let mut line = Packet::Piece(inside.to_vec()).encode(number);
    let at = inside.first().map_or(0, |first| usize::from(*first) % line.len());
    if let Some(byte) = line.get_mut(at) {
        *byte ^= 1 << (number % 8);
    }
    line
}

fn judge(heard: Option<Heard>) {
    match heard {
        None => {}
        Some(Heard::Answer(answer)) => assert!(!answer.to_string().is_empty()),
        Some(Heard::Whole(object)) => {
            assert!(object.bytes.len() <= LARGEST_BYTES);
            assert!(!object.name.is_empty() && object.name.len() <= LONGEST_NAME_BYTES);
        }
        Some(Heard::Failed(error)) => {
            assert!(error.to_string().chars().all(|letter| !letter.is_control()));
        }
    }
}

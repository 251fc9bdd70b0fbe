//! Packets: what the sender says.
//!
//! In bytes: a kind, the packet's number (four bytes, the highest first, which is zero), what belongs to the kind, and the checksum of all
//! that, other numbers with the lowest first. Stuffed so that no byte is zero, with a zero before and behind. So each packet begins with
//! a 2, and one whose first byte comes twice is not taken for [`INTERRUPT`]s.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::{LARGEST_BYTES, LONGEST_NAME_BYTES, PIECE_BYTES, checksum};

/// Stands between packets; several in a row are one.
pub const DELIMITER: u8 = 0;

/// Ctrl-C. Two of them where a packet would begin are none: no kind has this number.
pub const INTERRUPT: u8 = 3;

const BEGIN: u8 = b'B';
const PIECE: u8 = b'P';
const END: u8 = b'E';
const LEAVE: u8 = b'L';
/// Kind and number.
const HEAD_BYTES: usize = 5;
const SUM_BYTES: usize = 4;
/// The longest packet before it is stuffed.
const LONGEST_BYTES: usize = HEAD_BYTES + PIECE_BYTES + SUM_BYTES;
/// The longest one when it is: one byte more for each 254.
const LONGEST_STUFFED_BYTES: usize = LONGEST_BYTES + LONGEST_BYTES.div_ceil(254);

/// What one packet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// An object of this name and length comes.
    Begin {
        /// What to call it.
        name: String,
        /// Its length.
        bytes: u32,
    },
    /// The next bytes of it.
    Piece(Vec<u8>),
    /// That was all of it.
    End {
        /// The checksum of the whole.
        sum: u32,
    },
    /// The last answer was heard.
    Leave,
}

/// What came was no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is longer than any packet.
    TooLong,
    /// It is not stuffed as packets are.
    Unstuffed,
    /// It is shorter than any packet.
    TooShort {
        /// How long it is.
        bytes: usize,
    },
    /// Its checksum is another.
    Sum {
        /// What it says.
        says: u32,
        /// What it is.
        is: u32,
    },
    /// Sound, but nobody here sends such a one.
    Unknown {
        /// Its kind.
        kind: u8,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("a packet without an end"),
            Self::Unstuffed => f.write_str("a packet cut in pieces"),
            Self::TooShort { bytes } => write!(f, "a packet of {bytes} bytes"),
            Self::Sum { says, is } => write!(f, "a packet with checksum {is:08x} that says {says:08x}"),
            Self::Unknown { kind } => write!(f, "a packet of kind {kind:#04x}"),
        }
    }
}

impl core::error::Error for Damage {}

impl Packet {
    /// The bytes to send for it as number `number`.
    #[must_use]
    pub fn encode(&self, number: u32) -> Vec<u8> {
        let mut plain = Vec::with_capacity(LONGEST_BYTES);
        plain.push(match self {
            Self::Begin { .. } => BEGIN,
            Self::Piece(_) => PIECE,
            Self::End { .. } => END,
            Self::Leave => LEAVE,
        });
        plain.extend(number.to_be_bytes());
        match self {
            Self::Begin { name, bytes } => {
                plain.extend(bytes.to_le_bytes());
                plain.extend(name.bytes());
            }
            Self::Piece(piece) => plain.extend(piece),
            Self::End { sum } => plain.extend(sum.to_le_bytes()),
            Self::Leave => {}
        }
        plain.extend(checksum::of(&plain).to_le_bytes());
        let mut stuffed = alloc::vec![DELIMITER; plain.len() + plain.len().div_ceil(254) + 2];
        let room = stuffed.get_mut(1..).unwrap_or_default();
        let count = cobs::encode(&plain, room);
        stuffed.truncate(1 + count);
        stuffed.push(DELIMITER);
        stuffed
    }

    /// Reads what stood between two delimiters: the packet and its number.
    fn decode(stuffed: &[u8]) -> Result<(u32, Self), Damage> {
        let mut plain = alloc::vec![0; stuffed.len()];
        let count = cobs::decode(stuffed, &mut plain).map_err(|()| Damage::Unstuffed)?;
        plain.truncate(count);
        let short = Damage::TooShort { bytes: count };
        let (body, sum) = plain.split_last_chunk::<SUM_BYTES>().ok_or(short)?;
        let (says, is) = (u32::from_le_bytes(*sum), checksum::of(body));
        if says != is {
            return Err(Damage::Sum { says, is });
        }
        let (kind, rest) = body.split_first().ok_or(short)?;
        let (number, rest) = rest.split_first_chunk::<4>().ok_or(short)?;
        let unknown = Damage::Unknown { kind: *kind };
        let packet = match *kind {
            BEGIN => begin(rest).ok_or(unknown)?,
            PIECE => Self::Piece(rest.into()),
            END => Self::End { sum: u32::from_le_bytes(rest.try_into().map_err(|_| unknown)?) },
            LEAVE if rest.is_empty() => Self::Leave,
            _ => return Err(unknown),
        };
        Ok((u32::from_be_bytes(*number), packet))
    }
}

fn begin(rest: &[u8]) -> Option<Packet> {
    let (bytes, name) = rest.split_first_chunk::<4>()?;
    let name = str::from_utf8(name).ok().filter(|name| is_name(name))?;
    Some(Packet::Begin { name: name.into(), bytes: u32::from_le_bytes(*bytes) })
}

/// Whether an object can be called so.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a byte completed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// A packet and its number.
    Packet(u32, Packet),
    /// Something that is none.
    Damaged(Damage),
    /// Two Ctrl-C in the place of one.
    Interrupt,
}

/// Puts packets together, byte by byte.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    /// What came since the last delimiter.
    stuffed: Vec<u8>,
    /// More came than any packet has.
    is_too_long: bool,
}

impl Packets {
    /// Takes the next byte; says what it completes.
    pub(crate) fn take(&mut self, byte: u8) -> Option<Completed> {
        if byte != DELIMITER {
            if self.stuffed.len() < LONGEST_STUFFED_BYTES {
                self.stuffed.push(byte);
            } else {
                self.is_too_long = true;
            }
            let is_interrupt = self.stuffed == [INTERRUPT; 2];
            return is_interrupt.then_some(Completed::Interrupt);
        }
        let stuffed = core::mem::take(&mut self.stuffed);
        if core::mem::take(&mut self.is_too_long) {
            return Some(Completed::Damaged(Damage::TooLong));
        }
        if stuffed.is_empty() {
            return None;
        }
        Some(match Packet::decode(&stuffed) {
            Ok((number, packet)) => Completed::Packet(number, packet),
            Err(damage) => Completed::Damaged(damage),
        })
    }
}

/// A length as a packet carries it, if an object may have it.
pub(crate) fn length(bytes: usize) -> Option<u32> {
    u32::try_from(bytes).ok().filter(|_| bytes <= LARGEST_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{Completed, Damage, INTERRUPT, Packet, Packets};
    use proptest::prelude::{any, prop, proptest};

    fn taken(bytes: &[u8]) -> Vec<Completed> {
        let mut packets = Packets::default();
        bytes.iter().filter_map(|byte| packets.take(*byte)).collect()
    }

    /// A line that repeats a byte damages the packet, and interrupts nothing.
    #[test]
    fn a_packet_whose_first_byte_comes_twice_is_damaged_and_no_more() {
        for packet in [Packet::Piece(vec![3; 20]), Packet::End { sum: 3 }, Packet::Leave] {
            for number in [0, 3, 259] {
                let mut bytes = packet.encode(number);
                bytes.insert(1, bytes[1]);
                assert!(matches!(*taken(&bytes), [Completed::Damaged(_)]), "{packet:?} {number}");
            }
        }
    }

    #[test]
    fn every_packet_comes_out_as_it_went_in() {
        let packets = [
            Packet::Begin { name: "echo".into(), bytes: 70_000 },
            Packet::Piece(Vec::new()),
            Packet::Piece(vec![0; 1024]),
            Packet::Piece((0..1024).map(|number| number as u8).collect()),
            Packet::End { sum: 0 },
            Packet::Leave,
        ];
        for packet in packets {
            let bytes = packet.encode(259);
            assert_eq!(taken(&bytes), [Completed::Packet(259, packet)]);
        }
    }

    #[test]
    fn behind_garbage_the_next_packet_is_found() {
        let bytes =
            [b"garbage".to_vec(), Packet::Leave.encode(1), vec![9; 3000], Packet::Leave.encode(2)].concat();
        let [first, second, third, fourth] = &taken(&bytes)[..] else { panic!("other than four") };
        assert!(matches!(first, Completed::Damaged(_)));
        assert_eq!(*second, Completed::Packet(1, Packet::Leave));
        assert_eq!(*third, Completed::Damaged(Damage::TooLong));
        assert_eq!(*fourth, Completed::Packet(2, Packet::Leave));
    }

    #[test]
    fn two_interrupts_are_heard_where_a_packet_begins_and_nowhere_else() {
        assert_eq!(taken(&[INTERRUPT; 2]), [Completed::Interrupt]);
        assert_eq!(taken(b"\0\x03\x03"), [Completed::Interrupt]);
        assert_eq!(taken(b"a\x03\x03"), []);
        let packet = Packet::Piece(vec![INTERRUPT; 500]);
        assert_eq!(taken(&packet.encode(0x0303_0303)), [Completed::Packet(0x0303_0303, packet)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            taken(&bytes);
        }

        #[test]
        fn one_flipped_bit_is_always_seen(
            piece in prop::collection::vec(any::<u8>(), 0..1024), at in any::<prop::sample::Index>(), bit in 0..8_u8
        ) {
            let packet = Packet::Piece(piece);
            let mut bytes = packet.encode(7);
            let count = bytes.len();
            bytes[1..count - 1][at.index(count - 2)] ^= 1 << bit;
            assert!(!taken(&bytes).iter().any(|completed| matches!(completed, Completed::Packet(..))));
        }
    }
}

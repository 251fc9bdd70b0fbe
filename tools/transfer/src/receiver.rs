//! Receiver: bytes in, answers out, and in the end an object or why there is none.
//!
//! It is drawn here once:
//!
//! ```text
//!   Waiting --begin--> Filling --end--> Settled --leave, quiet, interrupt--> Over
//!      |                  |                ^
//!      +------------------+-- any failure --+      (an interrupt leads to Over at once)
//! ```
//!
//! `Settled` is left late, so that what is still on the line of a transfer that failed is not taken for something else.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::answer::Answer;
use crate::packet::{Completed, Damage, Packet, Packets};
use crate::{LARGEST_BYTES, QUIET_TICKS, TRIES, checksum};

/// Receives one object.
#[derive(Debug, Default)]
pub struct Receiver {
    packets: Packets,
    state: State,
    /// The number of the packet that is waited for.
    next: u32,
    /// Damaged or wrong packets since the last good one.
    bad_packets: u32,
    /// Ticks since the last good packet.
    quiet_ticks: u32,
    /// Something came since the last tick.
    has_heard: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Waiting,
    Filling {
        name: String,
        total_bytes: usize,
        bytes: Vec<u8>,
    },
    /// It is decided, and said once this is known.
    Settled(Option<Answer>),
    Over,
}

/// An object that came whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// What the sender calls it.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// What came of a byte or a tick.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Say this.
    Answer(Answer),
    /// Here it is: [settle](Receiver::settle) with what comes of it.
    Whole(Received),
    /// Nothing comes of it any more: [settle](Receiver::settle) with the reason.
    Failed(ReceiveError),
}

/// Why an object was not received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiveError {
    /// It is larger than what is taken.
    TooLarge {
        /// How large.
        bytes: u32,
    },
    /// There is no memory for it.
    NoMemory {
        /// How large it is.
        bytes: u32,
    },
    /// More came than was announced, or less.
    Length {
        /// What was announced.
        announced_bytes: usize,
        /// What came.
        bytes: usize,
    },
    /// The whole is not what was sent.
    Sum {
        /// The checksum of what was sent.
        says: u32,
        /// The checksum of what came.
        is: u32,
    },
    /// A packet that does not belong there.
    OutOfPlace {
        /// Its number.
        number: u32,
    },
    /// Too many packets in a row were damaged or not the one waited for.
    Noise {
        /// How many.
        packets: u32,
        /// The last damage, if it was one.
        damage: Option<Damage>,
    },
    /// Nothing sound came for so long.
    Quiet {
        /// How long.
        seconds: u64,
    },
    /// Somebody typed two Ctrl-C.
    Interrupted,
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => {
                write!(f, "an object of {bytes} bytes is too large: {LARGEST_BYTES} are taken")
            }
            Self::NoMemory { bytes } => write!(f, "no memory for an object of {bytes} bytes"),
            Self::Length { announced_bytes, bytes } => {
                write!(f, "{announced_bytes} bytes were announced and {bytes} came")
            }
            Self::Sum { says, is } => {
                write!(f, "the checksum of what came is {is:08x}, of what was sent {says:08x}")
            }
            Self::OutOfPlace { number } => write!(f, "packet {number} does not belong there"),
            Self::Noise { packets, damage } => {
                write!(f, "{packets} damaged or wrong packets in a row")?;
                damage.map_or(Ok(()), |damage| write!(f, ", the last {damage}"))
            }
            Self::Quiet { seconds } => write!(f, "nothing sound came for {seconds} s"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl core::error::Error for ReceiveError {}

impl Receiver {
    /// Waits for an object.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the line is free for something else.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Takes the next byte.
    pub fn take(&mut self, byte: u8) -> Option<Heard> {
        self.has_heard = true;
        match self.packets.take(byte)? {
            Completed::Packet(number, packet) => self.packet(number, packet),
            Completed::Damaged(damage) => self.bad(Some(damage)),
            Completed::Interrupt => {
                let is_settled = matches!(self.state, State::Settled(_) | State::Over);
                self.state = State::Over;
                (!is_settled).then_some(Heard::Failed(ReceiveError::Interrupted))
            }
        }
    }

    /// Hears that [`TICK`](crate::TICK) has passed since the last time.
    pub fn tick(&mut self) -> Option<Heard> {
        let has_heard = core::mem::take(&mut self.has_heard);
        match &self.state {
            State::Over => None,
            State::Settled(_) => {
                if !has_heard {
                    self.state = State::Over;
                }
                None
            }
            State::Waiting | State::Filling { .. } => {
                self.quiet_ticks += 1;
                let seconds = u64::from(self.quiet_ticks) * crate::TICK.as_secs();
                (self.quiet_ticks >= QUIET_TICKS).then(|| self.fail(ReceiveError::Quiet { seconds }))
            }
        }
    }

    /// Ends it with `answer`, which is said again when the sender asks again. Returned to be said now.
    pub fn settle(&mut self, answer: Answer) -> Answer {
        if let State::Settled(settled) = &mut self.state {
            *settled = Some(answer.clone());
        }
        answer
    }

    fn packet(&mut self, number: u32, packet: Packet) -> Option<Heard> {
        if let State::Settled(answer) = &self.state {
            if packet == Packet::Leave {
                self.state = State::Over;
                return None;
            }
            return answer.clone().map(Heard::Answer);
        }
        if number.checked_add(1) == Some(self.next) {
            // Its answer was lost, or it was sent once too often.
            self.quiet_ticks = 0;
            return Some(Heard::Answer(Answer::Got(number)));
        }
        if number != self.next {
            return self.bad(None);
        }
        self.next += 1;
        self.bad_packets = 0;
        self.quiet_ticks = 0;
        Some(self.advance(number, packet))
    }

    /// Takes the packet that was waited for.
    fn advance(&mut self, number: u32, packet: Packet) -> Heard {
        match (&mut self.state, packet) {
            (State::Waiting, Packet::Begin { name, bytes }) => match room(bytes) {
                Ok(room) => {
                    self.state = State::Filling { name, total_bytes: bytes as usize, bytes: room };
                    Heard::Answer(Answer::Got(number))
                }
                Err(error) => self.fail(error),
            },
            (State::Filling { total_bytes, bytes, .. }, Packet::Piece(piece)) => {
                let error =
                    ReceiveError::Length { announced_bytes: *total_bytes, bytes: bytes.len() + piece.len() };
                if bytes.len() + piece.len() > *total_bytes {
                    return self.fail(error);
                }
                bytes.extend(piece);
                Heard::Answer(Answer::Got(number))
            }
            (State::Filling { name, total_bytes, bytes }, Packet::End { sum }) => {
                let (name, bytes) = (core::mem::take(name), core::mem::take(bytes));
                let announced_bytes = *total_bytes;
                self.state = State::Settled(None);
                let is = checksum::of(&bytes);
                if bytes.len() != announced_bytes {
                    Heard::Failed(ReceiveError::Length { announced_bytes, bytes: bytes.len() })
                } else if is != sum {
                    Heard::Failed(ReceiveError::Sum { says: sum, is })
                } else {
                    Heard::Whole(Received { name, bytes })
                }
            }
            _ => self.fail(ReceiveError::OutOfPlace { number }),
        }
    }

    /// Asks for the packet that is waited for, unless that was done too often.
    fn bad(&mut self, damage: Option<Damage>) -> Option<Heard> {
        if matches!(self.state, State::Settled(_) | State::Over) {
            return None;
        }
        self.bad_packets += 1;
        if self.bad_packets < TRIES {
            return Some(Heard::Answer(Answer::Again(self.next)));
        }
        Some(self.fail(ReceiveError::Noise { packets: self.bad_packets, damage }))
    }

    fn fail(&mut self, error: ReceiveError) -> Heard {
        // What had come is given away with the state.
        self.state = State::Settled(None);
        Heard::Failed(error)
    }
}

fn room(bytes: u32) -> Result<Vec<u8>, ReceiveError> {
    if bytes as usize > LARGEST_BYTES {
        return Err(ReceiveError::TooLarge { bytes });
    }
    let mut room = Vec::new();
    room.try_reserve_exact(bytes as usize).map_err(|_| ReceiveError::NoMemory { bytes })?;
    Ok(room)
}

#[cfg(test)]
mod tests {
    use super::{Heard, ReceiveError, Received, Receiver};
    use crate::answer::Answer;
    use crate::packet::{INTERRUPT, Packet};
    use crate::{LARGEST_BYTES, QUIET_TICKS, TRIES, checksum};

    fn said(receiver: &mut Receiver, number: u32, packet: &Packet) -> Vec<Heard> {
        packet.encode(number).into_iter().filter_map(|byte| receiver.take(byte)).collect()
    }

    fn begin(bytes: usize) -> Packet {
        Packet::Begin { name: "echo".into(), bytes: bytes as u32 }
    }

    fn got(number: u32) -> [Heard; 1] {
        [Heard::Answer(Answer::Got(number))]
    }

    fn filled() -> Receiver {
        let mut receiver = Receiver::new();
        assert_eq!(said(&mut receiver, 0, &begin(3)), got(0));
        assert_eq!(said(&mut receiver, 1, &Packet::Piece(vec![1, 2, 3])), got(1));
        receiver
    }

    fn end(bytes: &[u8]) -> Packet {
        Packet::End { sum: checksum::of(bytes) }
    }

    #[test]
    fn what_was_sent_is_what_comes_out() {
        let mut receiver = filled();
        let whole = Received { name: "echo".into(), bytes: vec![1, 2, 3] };
        assert_eq!(said(&mut receiver, 2, &end(&[1, 2, 3])), [Heard::Whole(whole)]);
        let done = receiver.settle(Answer::Done("loaded".into()));
        // The answer was lost: the end comes again, and is not the end of another object.
        assert_eq!(said(&mut receiver, 2, &end(&[1, 2, 3])), [Heard::Answer(done)]);
        assert!(!receiver.is_over());
        assert_eq!(said(&mut receiver, 3, &Packet::Leave), []);
        assert!(receiver.is_over());
    }

    #[test]
    fn a_packet_that_comes_twice_counts_once() {
        let mut receiver = filled();
        assert_eq!(said(&mut receiver, 1, &Packet::Piece(vec![1, 2, 3])), got(1));
        assert!(matches!(said(&mut receiver, 2, &end(&[1, 2, 3]))[..], [Heard::Whole(_)]));
    }

    #[test]
    fn a_packet_out_of_order_is_asked_for_again() {
        let mut receiver = filled();
        assert_eq!(said(&mut receiver, 5, &Packet::Leave), [Heard::Answer(Answer::Again(2))]);
        assert!(matches!(said(&mut receiver, 2, &end(&[1, 2, 3]))[..], [Heard::Whole(_)]));
    }

    #[test]
    fn wrong_lengths_and_sums_are_refused() {
        let failed = |error| [Heard::Failed(error)];
        let too_large = ReceiveError::TooLarge { bytes: LARGEST_BYTES as u32 + 1 };
        assert_eq!(said(&mut Receiver::new(), 0, &begin(LARGEST_BYTES + 1)), failed(too_large));
        let length = |bytes| ReceiveError::Length { announced_bytes: 3, bytes };
        assert_eq!(said(&mut filled(), 2, &Packet::Piece(vec![4])), failed(length(4)));
        let mut short = Receiver::new();
        said(&mut short, 0, &begin(3));
        assert_eq!(said(&mut short, 1, &end(&[])), failed(length(0)));
        let (says, is) = (checksum::of(&[1, 2]), checksum::of(&[1, 2, 3]));
        assert_eq!(said(&mut filled(), 2, &end(&[1, 2])), failed(ReceiveError::Sum { says, is }));
        assert_eq!(said(&mut filled(), 2, &begin(3)), failed(ReceiveError::OutOfPlace { number: 2 }));
    }

    #[test]
    fn noise_ends_it_and_is_swallowed_until_the_line_is_quiet() {
        let mut receiver = filled();
        let heard: Vec<Heard> =
            b"noise\0".repeat(TRIES as usize).into_iter().filter_map(|byte| receiver.take(byte)).collect();
        assert_eq!(heard.len(), TRIES as usize);
        assert!(matches!(heard.last(), Some(Heard::Failed(ReceiveError::Noise { packets: TRIES, .. }))));
        receiver.settle(Answer::Refused("noise".into()));
        assert_eq!(receiver.take(b'\r'), None);
        assert_eq!(receiver.tick(), None);
        assert!(!receiver.is_over());
        assert_eq!(receiver.tick(), None);
        assert!(receiver.is_over());
    }

    #[test]
    fn a_sender_that_vanishes_is_waited_for_so_long_and_no_longer() {
        for mut receiver in [Receiver::new(), filled()] {
            for _ in 1..QUIET_TICKS {
                receiver.take(b'x');
                assert_eq!(receiver.tick(), None);
            }
            assert_eq!(receiver.tick(), Some(Heard::Failed(ReceiveError::Quiet { seconds: 10 })));
            receiver.tick();
            assert!(receiver.is_over());
        }
    }

    #[test]
    fn two_interrupts_end_it_at_once() {
        let mut receiver = filled();
        assert_eq!(receiver.take(INTERRUPT), None);
        assert_eq!(receiver.take(INTERRUPT), Some(Heard::Failed(ReceiveError::Interrupted)));
        assert!(receiver.is_over());
    }
}

//! Sender: an object out, piece by piece, and the kernel's last word back.
//!
//! It does one thing at a time: a packet, then its answer. What it waits for is bounded by [`Wire::elapsed`], whatever
//! others say on the same console meanwhile.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::answer::{Answer, Answers};
use crate::packet::{DELIMITER, INTERRUPT, Packet, is_name, length};
use crate::{LARGEST_BYTES, LONGEST_NAME_BYTES, PIECE_BYTES, TRIES, checksum};

/// How long a packet's answer is waited for before the packet is sent again.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a shell may take to begin to receive.
const PATIENCE_WITH_SHELL: Duration = Duration::from_secs(3);

/// How long a list of domains may be; a shell's line has 256 bytes.
const LONGEST_LIST_BYTES: usize = 200;

/// Ctrl-U: empties the line that somebody may have begun.
const KILL: u8 = 0x15;

/// The kernel's console.
pub trait Wire {
    /// What can be wrong with it.
    type Failure;

    /// Sends `bytes`.
    ///
    /// # Errors
    /// When the line is gone.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Failure>;

    /// Waits at most so long for something; nothing means that nothing came.
    ///
    /// # Errors
    /// When the line is gone.
    fn read(&mut self, patience: Duration) -> Result<Vec<u8>, Self::Failure>;

    /// Time since some moment.
    fn elapsed(&self) -> Duration;
}

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// What the kernel is to call it.
    pub name: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
    /// The domains it may be linked to, separated by commas, if not the usual one.
    pub with: Option<&'a str>,
    /// How much it may have, as the shell reads it: `heap=256K`.
    pub quotas: &'a [String],
}

/// Why an object did not become a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError<F> {
    /// The line is gone.
    Wire(F),
    /// No object can be called so.
    Name {
        /// The name.
        name: String,
    },
    /// No domains can be called so.
    Domains {
        /// Their names.
        names: String,
    },
    /// No quota can be said so.
    Quota {
        /// The word.
        word: String,
    },
    /// It is larger than what a kernel takes.
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// Nobody answers at the prompt.
    NoShell,
    /// A packet's answer didn't come.
    NoAnswer {
        /// The packet's number.
        number: u32,
        /// How often it was sent.
        tries: u32,
    },
    /// The kernel says no, and why.
    Refused(String),
}

impl<F: fmt::Display> fmt::Display for SendError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(failure) => write!(f, "the line is gone: {failure}"),
            Self::Name { name } => {
                write!(f, "`{name}` is no name: 1 to {LONGEST_NAME_BYTES} visible ASCII characters are")
            }
            Self::Domains { names } => write!(f, "`{names}` are no names of domains"),
            Self::Quota { word } => write!(f, "`{word}` says no quota"),
            Self::TooLarge { bytes } => {
                write!(f, "an object of {bytes} bytes is too large: {LARGEST_BYTES} are taken")
            }
            Self::NoShell => f.write_str("no shell answers `receive`"),
            Self::NoAnswer { number, tries } => {
                write!(f, "the kernel doesn't answer: packet {number} was sent {tries} times")
            }
            Self::Refused(text) => f.write_str(text),
        }
    }
}

impl<F: fmt::Debug + fmt::Display> core::error::Error for SendError<F> {}

/// Sends an object to the shell at the other end of `line`, which loads it; returns what the kernel says to it. `progress`
/// hears how many bytes have arrived.
///
/// # Errors
/// [`SendError`]; nothing was loaded, unless the last answer was lost ([`SendError::NoAnswer`] of the last packet).
pub fn send<L: Wire>(
    line: &mut L,
    sent: &Sent<'_>,
    progress: &mut dyn FnMut(usize),
) -> Result<String, SendError<L::Failure>> {
    if !is_name(sent.name) {
        return Err(SendError::Name { name: sent.name.into() });
    }
    if let Some(names) = sent.with.filter(|names| !is_list(names)) {
        return Err(SendError::Domains { names: names.into() });
    }
    if let Some(word) = sent.quotas.iter().find(|word| !is_list(word)) {
        return Err(SendError::Quota { word: word.clone() });
    }
    let bytes = length(sent.bytes.len()).ok_or(SendError::TooLarge { bytes: sent.bytes.len() })?;
    let mut dialogue = Dialogue { line, answers: Answers::default(), heard: VecDeque::new(), number: 0 };
    dialogue.begin(sent)?;
    let said = dialogue.object(sent, bytes, progress);
    // Whatever it was, the kernel need not wait for more.
    let _ = dialogue.say(&Packet::Leave);
    said
}

/// Whether it can be typed as one word of a command.
fn is_list(names: &str) -> bool {
    (1..=LONGEST_LIST_BYTES).contains(&names.len()) && names.bytes().all(|byte| byte.is_ascii_graphic())
}

/// One side's view of it.
struct Dialogue<'a, L> {
    line: &'a mut L,
    answers: Answers,
    /// Answers that nobody has looked at.
    heard: VecDeque<Answer>,
    /// The number of the next packet.
    number: u32,
}

impl<L: Wire> Dialogue<'_, L> {
    /// Has the shell receive. If it doesn't, an earlier sender may have left it receiving, which is interrupted.
    fn begin(&mut self, sent: &Sent<'_>) -> Result<(), SendError<L::Failure>> {
        let with = sent.with.iter().flat_map(|names| ["with", *names]);
        let words = ["receive"].into_iter().chain(with).chain(sent.quotas.iter().map(String::as_str));
        let command = words.collect::<Vec<_>>().join(" ") + "\r";
        for opening in [&[KILL][..], &[DELIMITER, INTERRUPT, INTERRUPT, KILL]] {
            self.write(&[opening, command.as_bytes()].concat())?;
            let deadline = self.line.elapsed() + PATIENCE_WITH_SHELL;
            while let Some(answer) = self.answer(deadline)? {
                if answer == Answer::Ready {
                    return Ok(());
                }
            }
        }
        Err(SendError::NoShell)
    }

    fn object(
        &mut self,
        sent: &Sent<'_>,
        bytes: u32,
        progress: &mut dyn FnMut(usize),
    ) -> Result<String, SendError<L::Failure>> {
        self.packet(&Packet::Begin { name: sent.name.into(), bytes })?;
        let mut arrived = 0;
        for piece in sent.bytes.chunks(PIECE_BYTES) {
            self.packet(&Packet::Piece(piece.into()))?;
            arrived += piece.len();
            progress(arrived);
        }
        let number = self.number;
        let said = self.packet(&Packet::End { sum: checksum::of(sent.bytes) })?;
        said.ok_or(SendError::NoAnswer { number, tries: 1 })
    }

    /// Sends a packet until it is answered; returns what was said, if it was the last word.
    fn packet(&mut self, packet: &Packet) -> Result<Option<String>, SendError<L::Failure>> {
        let number = self.number;
        for _ in 0..TRIES {
            self.say(packet)?;
            let deadline = self.line.elapsed() + PATIENCE;
            while let Some(answer) = self.answer(deadline)? {
                match answer {
                    Answer::Got(got) if got == number => return Ok(self.next(None)),
                    // It waits for one further on: this one's answer was lost.
                    Answer::Again(wanted) if wanted > number => return Ok(self.next(None)),
                    Answer::Again(wanted) if wanted == number => break,
                    Answer::Done(text) => return Ok(self.next(Some(text))),
                    Answer::Refused(text) => return Err(SendError::Refused(text)),
                    // Of a packet before this one, which was sent twice.
                    Answer::Ready | Answer::Got(_) | Answer::Again(_) => {}
                }
            }
        }
        Err(SendError::NoAnswer { number, tries: TRIES })
    }

    fn next(&mut self, said: Option<String>) -> Option<String> {
        self.number += 1;
        said
    }

    fn say(&mut self, packet: &Packet) -> Result<(), SendError<L::Failure>> {
        self.write(&packet.encode(self.number))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SendError<L::Failure>> {
        self.line.write(bytes).map_err(SendError::Wire)
    }

    /// The next answer before the deadline.
    fn answer(&mut self, deadline: Duration) -> Result<Option<Answer>, SendError<L::Failure>> {
        while self.heard.is_empty() {
            let left = deadline.saturating_sub(self.line.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            for byte in self.line.read(left).map_err(SendError::Wire)? {
                self.heard.extend(self.answers.take(byte));
            }
        }
        Ok(self.heard.pop_front())
    }
}

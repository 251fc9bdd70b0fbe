//! Join: a thread's result, for whoever waits for its end.

use alloc::sync::Arc;
use core::fmt;

use spindle_clock::now_ns;
use spindle_strand::{Me, State, Strand, StrandError};

use crate::packet::{Fate, Packet};
use crate::thread::Thread;

/// How often it is looked whether a strand has ended whose end somebody else waits for, in nanoseconds.
const LOOK_NS: u64 = 1_000_000;

/// The right to a thread's result. Dropped, it leaves the thread *detached*: it runs on, and what it gives is dropped.
#[derive(Debug)]
pub struct JoinHandle<T> {
    strand: Strand,
    packet: Arc<Packet<T>>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinError {
    /// It panicked: its destructors have run, and nobody had told it to end by its handle.
    Panicked {
        /// Its strand.
        strand: Strand,
    },
    /// It was told to end, or was ended without its destructors: it had a fault, filled its stack, or computed on although it was told.
    Ended {
        /// Its strand.
        strand: Strand,
    },
    /// Its end can't be waited for.
    NotAwaited(StrandError),
}

impl fmt::Display for JoinError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { strand } => write!(out, "thread {strand} panicked"),
            Self::Ended { strand } => write!(out, "thread {strand} was ended"),
            Self::NotAwaited(why) => write!(out, "the thread's end can't be waited for: {why}"),
        }
    }
}

impl core::error::Error for JoinError {}

impl<T: Send> JoinHandle<T> {
    pub(crate) fn new(strand: Strand, packet: Arc<Packet<T>>) -> Self {
        Self { strand, packet }
    }

    /// Waits until the thread has ended; gives what its closure gave.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn join(self, me: &mut Me) -> Result<T, JoinError> {
        let strand = self.strand;
        match me.wait_for_end(&strand) {
            Ok(()) => {}
            Err(StrandError::Awaited { .. }) => look_until_end(me, strand),
            Err(why) => return Err(JoinError::NotAwaited(why)),
        }
        let (value, fate) = self.packet.open();
        value.ok_or(match fate {
            Fate::Panicked => JoinError::Panicked { strand },
            Fate::Ended => JoinError::Ended { strand },
        })
    }

    /// Whether the thread has ended: then [`join`](Self::join) does not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.strand.state() == State::Ended
    }

    /// Has it end at its next opportunity, with its destructors.
    ///
    /// # Errors
    /// [`StrandError::Ended`].
    pub fn end(&self) -> Result<(), StrandError> {
        self.packet.tell();
        self.strand.end()
    }

    /// Its strand.
    #[must_use]
    pub fn strand(&self) -> Strand {
        self.strand
    }

    /// The thread, for who wakes or interrupts it.
    #[must_use]
    pub fn thread(&self) -> Thread {
        Thread::of(self.strand)
    }
}

/// Somebody has asked the kernel to be told of the strand's end already.
fn look_until_end(me: &mut Me, strand: Strand) {
    while strand.state() != State::Ended {
        me.sleep_until(now_ns() + LOOK_NS);
    }
}

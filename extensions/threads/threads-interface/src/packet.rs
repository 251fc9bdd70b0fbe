//! Packet: what a thread and its handle share; one allocation.
//!
//! Invariant: the thread's end of it is an [`End`]. That is dropped with the closure's frame, or with a closure that never ran; so when the
//! strand has ended and the handle's is the only reference left, the packet is whole. When it is not, the thread was ended without
//! its destructors, and nobody looks into it any more.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};

use spindle_domain::Slot;
use spindle_strand::Strand;

use crate::{notes, tally};

/// What a thread and its handle share.
#[derive(Debug)]
pub(crate) struct Packet<T> {
    value: Slot<T>,
    /// Whether somebody has told it to end, by its handle.
    is_told: AtomicBool,
}

/// The thread's end of a packet.
pub(crate) struct End<T> {
    packet: Arc<Packet<T>>,
    /// The strand, once it runs.
    strand: Option<Strand>,
}

impl<T: Send> Packet<T> {
    /// An empty one, and the thread's end of it.
    pub(crate) fn new() -> (Arc<Self>, End<T>) {
        let packet = Arc::new(Self { value: Slot::new(), is_told: AtomicBool::new(false) });
        tally::begin();
        (packet.clone(), End { packet, strand: None })
    }

    /// The thread is to end.
    pub(crate) fn tell(&self) {
        // Relaxed: read when the strand has ended, which orders it if it was in time.
        self.is_told.store(true, Ordering::Relaxed);
    }

    /// What the thread has left, when it has ended; whether it was told to end.
    pub(crate) fn open(self: Arc<Self>) -> (Option<T>, Fate) {
        let is_told = self.is_told.load(Ordering::Relaxed);
        match Arc::into_inner(self) {
            Some(packet) => (packet.value.take(), if is_told { Fate::Ended } else { Fate::Panicked }),
            None => {
                tally::end();
                (None, Fate::Ended)
            }
        }
    }
}

/// What has become of a thread that has left no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its destructors have run, and nobody had told it to end.
    Panicked,
    /// It was told to, or its destructors have not run.
    Ended,
}

impl<T: Send> End<T> {
    /// `strand` runs it.
    pub(crate) fn begin(&mut self, strand: Strand) {
        self.strand = Some(strand);
    }

    /// It has come to its end, with this.
    pub(crate) fn finish(self, value: T) {
        // Nobody else puts anything there.
        let _ = self.packet.value.put(value);
    }
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        if let Some(strand) = self.strand {
            notes::close(strand);
        }
        tally::end();
    }
}

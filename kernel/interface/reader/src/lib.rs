//! Reader: what is typed, for one strand to wait for.
//!
//! The classic use of a strand: it asks for what a device has, and blocks until the interrupt's event has brought something. Here the event
//! is [`INPUT`], and a filter of it takes what was typed, keeps it, and unblocks the strand.
//!
//! Invariants: a reader's filter is code of whoever reads, so it goes with that domain, whatever becomes of the strand. What was typed is
//! read once, in order. What finds no room is lost, and counted.
//!
//! Does not know lines: bytes are what comes.
#![no_std]

extern crate alloc;

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;

use spindle_console::{INPUT, Input};
use spindle_event::InstallError;
use spindle_strand::{Builder, Me, Strand, StrandError};
use spindle_sync::{LockError, Mutex};

/// How many bytes are kept that nobody has read yet.
const CAPACITY: usize = 512;

/// What was typed, while a strand runs that reads it: see [`Reader::start`].
pub struct Reader {
    shared: Arc<Mutex<Typed>>,
}

/// What was typed and not read.
struct Typed {
    bytes: [u8; CAPACITY],
    first: usize,
    count: usize,
    lost: u64,
    /// Who waits for more.
    waiter: Option<Strand>,
}

/// Why nobody reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// What is typed can't be had.
    Install(InstallError),
    /// The strand does not begin.
    Strand(StrandError),
    /// What was typed was being changed by somebody who failed.
    Lock(LockError),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Install(error) => fmt::Display::fmt(error, f),
            Self::Strand(error) => fmt::Display::fmt(error, f),
            Self::Lock(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for ReadError {}

impl Reader {
    /// Begins a strand that has all that is typed as long as `body` runs: no other handler sees it.
    ///
    /// # Errors
    /// [`ReadError`]; `body` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn start<F>(builder: Builder, body: F) -> Result<Strand, ReadError>
    where
        F: FnOnce(&mut Self, &mut Me) + Send + 'static,
    {
        let shared = Arc::new(Mutex::new(Typed::new()));
        let typed = shared.clone();
        // Of `F`, so that it is compiled where that is, and is that domain's.
        let of = PhantomData::<fn(F)>;
        let filter = INPUT.bind().first().install_filter(move |input: &mut Input| {
            let PhantomData::<fn(F)> = of;
            take(&typed, &input.take());
        });
        let filter = filter.map_err(ReadError::Install)?.scoped();
        let begun = builder.start(move |me| {
            let _filter = filter;
            body(&mut Self { shared }, me);
        });
        begun.map_err(ReadError::Strand)
    }

    /// Blocks until something was typed, and reads of it what there is room for: how many bytes. None only into no room.
    ///
    /// # Errors
    /// [`ReadError::Lock`].
    ///
    /// # Context
    /// A strand at its own level.
    pub fn read(&mut self, me: &mut Me, into: &mut [u8]) -> Result<usize, ReadError> {
        let strand = me.strand();
        loop {
            let room = &mut *into;
            let read = self.shared.with(move |typed| typed.read(room, strand)).map_err(ReadError::Lock)?;
            match read {
                0 if !into.is_empty() => me.block(),
                count => return Ok(count),
            }
        }
    }

    /// How many bytes found no room.
    ///
    /// # Errors
    /// [`ReadError::Lock`].
    pub fn lost(&self) -> Result<u64, ReadError> {
        self.shared.with(|typed| typed.lost).map_err(ReadError::Lock)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// Keeps what was typed, and wakes who waits for it.
fn take(shared: &Mutex<Typed>, input: &Input) {
    let bytes = input.bytes();
    if let Ok(Some(waiter)) = shared.with(|typed| typed.take(bytes)) {
        waiter.unblock();
    }
}

impl Typed {
    const fn new() -> Self {
        Self { bytes: [0; CAPACITY], first: 0, count: 0, lost: 0, waiter: None }
    }

    fn take(&mut self, typed: &[u8]) -> Option<Strand> {
        for byte in typed {
            if self.count == CAPACITY {
                self.lost += 1;
                continue;
            }
            self.bytes[(self.first + self.count) % CAPACITY] = *byte;
            self.count += 1;
        }
        self.waiter.take()
    }

    fn read(&mut self, into: &mut [u8], strand: Strand) -> usize {
        let count = self.count.min(into.len());
        for place in into.iter_mut().take(count) {
            *place = self.bytes[self.first];
            self.first = (self.first + 1) % CAPACITY;
        }
        self.count -= count;
        if count == 0 {
            self.waiter = Some(strand);
        }
        count
    }
}

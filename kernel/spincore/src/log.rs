//! The kernel's log: what happened, line by line, kept in a ring.
//!
//! A [`note`] goes to the ring, and to the console only when the boot arguments ask for it; a [`warn`] goes to both. A line is
//! put together before the lock is taken, so what is printed may itself log, and nothing is allocated.
//!
//! In the ring a line is its time in nanoseconds, its core and its text, between spaces.

pub(crate) mod ring;

use crate::{port, uptime};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use ring::{Ring, beginning};
use spindle_control::LogLine;
use spindle_event::CoreId;
use spindle_sync::{Lock, this_core};

/// How much of the log is kept.
const RING_BYTES: usize = 8 * 1024;
/// Longest line; the rest of a longer one is cut off.
const LINE_BYTES: usize = 400;
const NS_PER_US: u64 = 1_000;
const US_PER_SECOND: u64 = 1_000_000;

/// Lock order: last; nothing is locked while it is held.
static RING: Lock<Ring<RING_BYTES>> = Lock::new(Ring::new());
/// Whether notes are shown as they are written. Relaxed: one word that guards nothing.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows notes on the console from now on.
pub(crate) fn show() {
    IS_SHOWN.store(true, Ordering::Relaxed);
}

/// Keeps a line.
///
/// # Context
/// Any but interrupt context, where the console may not be waited for.
pub(crate) fn note(what: fmt::Arguments<'_>) {
    keep(what, IS_SHOWN.load(Ordering::Relaxed));
}

/// Keeps a line and shows it on the console.
///
/// # Context
/// As for [`note`].
pub(crate) fn warn(what: fmt::Arguments<'_>) {
    keep(what, true);
}

/// All lines that are kept, oldest first.
pub(crate) fn lines() -> Vec<LogLine> {
    // Allocated before the lock is taken, so that nothing is under it.
    let mut bytes = Vec::with_capacity(RING_BYTES);
    let ring = RING.lock();
    let (first, second) = ring.pieces();
    bytes.extend_from_slice(first);
    bytes.extend_from_slice(second);
    drop(ring);
    String::from_utf8_lossy(&bytes).lines().filter_map(parse).collect()
}

/// Reads a line of the ring.
fn parse(line: &str) -> Option<LogLine> {
    let (at_ns, line) = line.split_once(' ')?;
    let (core, text) = line.split_once(' ')?;
    Some(LogLine { at_ns: at_ns.parse().ok()?, core: CoreId::new(core.parse().ok()?)?, text: text.into() })
}

fn keep(what: fmt::Arguments<'_>, is_shown: bool) {
    let (at_ns, core) = (uptime::now_ns(), this_core::index());
    let mut line = Line::new();
    // A line that is too long is cut, which is no failure.
    let _ = write!(line, "{at_ns} {core} {what}");
    RING.lock().push(line.text());
    if is_shown {
        let at_us = at_ns / NS_PER_US;
        let mut line = Line::new();
        // As above.
        let _ = write!(line, "[{:4}.{:06} core {core}] {what}", at_us / US_PER_SECOND, at_us % US_PER_SECOND);
        line.end();
        port::write(line.text());
    }
}

/// A line on the stack.
struct Line {
    bytes: [u8; LINE_BYTES],
    used: usize,
}

impl Line {
    const fn new() -> Self {
        Self { bytes: [0; LINE_BYTES], used: 0 }
    }

    fn text(&self) -> &str {
        // Only whole characters were put in, so this is all of it.
        core::str::from_utf8(&self.bytes[..self.used]).unwrap_or_default()
    }

    /// Ends the line; the last byte is kept free for it.
    fn end(&mut self) {
        self.bytes[self.used] = b'\n';
        self.used += 1;
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = beginning(text, LINE_BYTES - 1 - self.used);
        self.bytes[self.used..self.used + fits.len()].copy_from_slice(fits.as_bytes());
        self.used += fits.len();
        if fits.len() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_BYTES, Line, parse};
    use core::fmt::Write;

    #[test]
    fn a_line_that_is_too_long_is_cut_and_still_ends() {
        let mut line = Line::new();
        for _ in 0..LINE_BYTES {
            let _ = line.write_str("é");
        }
        assert_eq!(line.text().len(), (LINE_BYTES - 1) / 2 * 2);
        line.end();
        assert!(line.text().ends_with("é\n"));
    }

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let line = parse("1234 3 core 3 runs").expect("whole");
        assert_eq!((line.at_ns, line.core.index(), line.text.as_str()), (1234, 3, "core 3 runs"));
        assert!(parse("half a line").is_none());
        assert!(parse("1 99 no such core").is_none());
    }
}

//! The port: where the kernel's text goes out and the operator's bytes come in.
//!
//! Output is polled, one writer at a time, so texts of several cores do not mix. Interrupts are masked only while a few bytes
//! go out, not for the whole of a text: a line takes milliseconds at the speed of a real port. Before there is a driver, and when there
//! is none, it goes to the machine's early console, and nothing comes in.
//!
//! The driver is `spindle_uart`; this file knows neither its registers nor where they are, nor what the text means.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use spindle_machine::early;
use spindle_sync::{Lock, this_core};
use spindle_uart::{Pl011, Received};

/// What one turn of the receiver usually brings: the depth of its FIFO.
const USUAL_BYTES: usize = 32;

/// How much is written with interrupts masked: the depth of the transmitter's FIFO.
const PIECE_BYTES: usize = 16;

/// Whether somebody is writing a text.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The port, once there is a driver. Lock order: before the heap's lock.
static PORT: Lock<Option<Pl011>> = Lock::new(None);

/// What a receiver held.
#[derive(Debug)]
pub(crate) struct Typed {
    /// The bytes, in order.
    pub(crate) bytes: Vec<u8>,
    /// How often something was lost or damaged in between.
    pub(crate) losses: u32,
}

/// Goes on with `port` instead of the early console.
pub(crate) fn set(port: Pl011) {
    *PORT.lock() = Some(port);
}

/// Writes `text` in one piece; a line ends with `\n`.
///
/// # Context
/// Any but interrupt context. Waits for other writers.
pub(crate) fn write(text: &str) {
    let _turn = Turn::take();
    if PORT.lock().is_none() {
        return early::write(text);
    }
    let mut lines = text.split('\n');
    put(lines.next().unwrap_or_default().as_bytes());
    for line in lines {
        put(b"\r\n");
        put(line.as_bytes());
    }
}

/// Sends `bytes`, piece by piece.
fn put(bytes: &[u8]) {
    for piece in bytes.chunks(PIECE_BYTES) {
        if let Some(port) = PORT.lock().as_mut() {
            port.write(piece);
        }
    }
}

/// The turn to write a text. Not a lock that masks interrupts: nothing in interrupt context writes.
struct Turn;

impl Turn {
    /// Waits for the turn.
    fn take() -> Self {
        while IS_TAKEN.swap(true, Ordering::Acquire) {
            this_core::relax();
        }
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        IS_TAKEN.store(false, Ordering::Release);
    }
}

/// Waits until what was written has left the port.
pub(crate) fn flush() {
    if let Some(port) = PORT.lock().as_mut() {
        port.flush();
    }
}

/// Lets the port interrupt when it receives something. What it has received before has to be [taken](receive) once.
pub(crate) fn listen() {
    if let Some(port) = PORT.lock().as_mut() {
        port.enable_receive_interrupt();
    }
}

/// Empties the receiver.
pub(crate) fn receive() -> Typed {
    let mut typed = Typed { bytes: Vec::with_capacity(USUAL_BYTES), losses: 0 };
    if let Some(port) = PORT.lock().as_mut() {
        port.drain(|received| match received {
            Received::Byte(byte) => typed.bytes.push(byte),
            Received::Break => {}
            Received::Overrun | Received::Damaged => typed.losses += 1,
        });
    }
    typed
}

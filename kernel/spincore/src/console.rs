//! The console: serves `spindle_console` with the board's UART.
//!
//! Output is polled, whole texts under one lock, so texts of several cores do not mix. Before there is a driver, and when there
//! is none, it goes to the machine's early console. Input comes by the UART's interrupt: the receiver is emptied in the run loop,
//! then what came is raised as [`INPUT`] without a lock held.
//!
//! The driver of the port is `spindle_uart`; this file knows neither its registers nor where they are.

use crate::authority::authority;
use crate::interrupt::Arrival;
use crate::log;
use alloc::vec::Vec;
use spindle_console::{INPUT, Input};
use spindle_event::{Event, InstallError, cores, mailbox};
use spindle_machine::early;
use spindle_sync::{Lock, Parcel};
use spindle_uart::{Pl011, Received};

/// What one turn of the receiver usually brings: the depth of its FIFO.
const USUAL_BYTES: usize = 32;

/// The UART has received something. Raised in the run loop of the core that serves it.
pub(crate) static UART: Event<Arrival> = Event::new("console-interrupt");

/// The port, once there is a driver. Lock order: before the heap's lock.
static PORT: Lock<Option<Pl011>> = Lock::new(None);

/// Goes on with `port` instead of the early console.
pub(crate) fn set_port(port: Pl011) {
    *PORT.lock() = Some(port);
}

/// Begins to serve the console.
///
/// # Errors
/// [`InstallError`] when it is served already.
pub(crate) fn serve() -> Result<(), InstallError> {
    INPUT.declare();
    spindle_console::serve(authority(), write)?;
    // Stays installed for ever: a dropped binding does.
    UART.install(|_| receive()).map(drop)
}

/// Lets the port interrupt when it receives something; what it has received by now is raised soon.
pub(crate) fn listen() {
    if let Some(port) = PORT.lock().as_mut() {
        port.enable_receive_interrupt();
    }
    if let Err(error) = mailbox::post_parcel(authority(), cores::current(), Parcel::new(receive)) {
        log::warn(format_args!("console: {error}"));
    }
}

/// Writes `text` in one piece; a line ends with `\n`.
///
/// # Context
/// Any but interrupt context.
pub(crate) fn write(text: &str) {
    match PORT.lock().as_mut() {
        Some(port) => put(port, text),
        None => early::write(text),
    }
}

/// Waits until what was written has left the port.
pub(crate) fn flush() {
    if let Some(port) = PORT.lock().as_mut() {
        port.flush();
    }
}

/// Sends `text`, with what a terminal wants at the end of a line.
fn put(port: &mut Pl011, text: &str) {
    let mut lines = text.split('\n');
    if let Some(first) = lines.next() {
        port.write(first.as_bytes());
    }
    for line in lines {
        port.write(b"\r\n");
        port.write(line.as_bytes());
    }
}

/// Empties the receiver and raises what it held.
fn receive() {
    let mut typed = Vec::with_capacity(USUAL_BYTES);
    let mut lost = 0_u32;
    if let Some(port) = PORT.lock().as_mut() {
        port.drain(|received| match received {
            Received::Byte(byte) => typed.push(byte),
            Received::Break => {}
            Received::Overrun | Received::Damaged => lost += 1,
        });
    }
    if lost > 0 {
        log::note(format_args!("console: input lost or damaged {lost} times"));
    }
    let mut rest = typed.as_slice();
    while !rest.is_empty() {
        let (input, later) = Input::new(authority(), rest);
        INPUT.raise(&input);
        rest = later;
    }
}

//! The console: serves `spindle_console` with the kernel's port.
//!
//! What is typed comes by the port's interrupt: the receiver is emptied in the run loop, then what it held is raised as
//! [`INPUT`] without a lock held.

use crate::authority::{KERNEL, authority};
use crate::interrupt::Arrival;
use crate::{log, port};
use spindle_console::{INPUT, Input};
use spindle_event::{Event, InstallError, cores, mailbox};
use spindle_sync::Parcel;

/// The UART has received something. Raised in the run loop of the core that serves it.
pub(crate) static UART: Event<Arrival> = Event::new("console-interrupt", &KERNEL);

/// Begins to serve the console.
///
/// # Errors
/// [`InstallError`] when it is served already.
pub(crate) fn serve() -> Result<(), InstallError> {
    INPUT.declare();
    spindle_console::serve(authority(), port::write)?;
    // Stays installed for ever: a dropped binding does.
    UART.owned(&KERNEL)?.install(|_| receive()).map(drop)
}

/// Lets the port interrupt when it receives something; what it has received by now is raised soon.
pub(crate) fn listen() {
    port::listen();
    if let Err(error) = mailbox::post_parcel(authority(), cores::current(), Parcel::new(receive)) {
        log::warn(format_args!("console: {error}"));
    }
}

/// Empties the receiver and raises what it held.
fn receive() {
    let typed = port::receive();
    if typed.losses > 0 {
        log::note(format_args!("console: input lost or damaged {} times", typed.losses));
    }
    let mut rest = typed.bytes.as_slice();
    while !rest.is_empty() {
        let (input, later) = Input::new(authority(), rest);
        INPUT.raise(&input);
        rest = later;
    }
}

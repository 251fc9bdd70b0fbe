//! Output: the capability to write to the console.

use alloc::string::String;
use core::fmt::{self, Write};

use spindle_event::{Binding, Event, InstallError, Last};
use spindle_sync::{Authority, Once};

use crate::CONSOLE;

/// Raised with what is to be written. Private: only who holds a [`Console`] gets to raise it.
static OUTPUT: Event<str, (), Last> = Event::new("console-output", &CONSOLE);

/// The kernel's own handler of [`OUTPUT`].
static SERVED: Once<Binding> = Once::INIT;

/// The capability to write to the console.
///
/// `write!(console, ...)` and `writeln!(console, ...)` work on it through a shared reference. A line ends with `\n`; what
/// else the device needs there is added by who serves it.
#[derive(Clone, Debug)]
pub struct Console {
    _private: (),
}

/// Why there is no console to write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The kernel has no console device.
    NoDevice,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDevice => f.write_str("the kernel has no console device"),
        }
    }
}

impl core::error::Error for OpenError {}

impl Console {
    /// Asks for the console.
    ///
    /// # Errors
    /// [`OpenError`] when there is none.
    pub fn open() -> Result<Self, OpenError> {
        SERVED.get().map(|_| Self { _private: () }).ok_or(OpenError::NoDevice)
    }

    /// Writes `text` in one piece.
    ///
    /// # Errors
    /// When nobody serves the console any more.
    ///
    /// # Context
    /// Not in interrupt context.
    pub fn write_str(&self, text: &str) -> fmt::Result {
        OUTPUT.raise(text).map_err(|_| fmt::Error)
    }

    /// Formats, then writes what came of it in one piece.
    ///
    /// # Errors
    /// When a value can not be formatted, or nobody serves the console any more; in the first case nothing is written.
    ///
    /// # Context
    /// Not in interrupt context. Allocates, unless there is nothing to format.
    pub fn write_fmt(&self, what: fmt::Arguments<'_>) -> fmt::Result {
        // Formatted before it is written: `what` runs code of the caller, which must not hold up other writers.
        if let Some(text) = what.as_str() {
            return self.write_str(text);
        }
        let mut text = String::new();
        text.write_fmt(what)?;
        self.write_str(&text)
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        Self::write_str(self, text)
    }

    fn write_fmt(&mut self, what: fmt::Arguments<'_>) -> fmt::Result {
        Self::write_fmt(self, what)
    }
}

/// Serves the console: `write` puts a text on the device, whole. Kernel only, once.
///
/// # Errors
/// [`InstallError`] when the console is served already.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn serve(_: &Authority, write: impl Fn(&str) + Send + Sync + 'static) -> Result<(), InstallError> {
    let binding = OUTPUT.owned(&CONSOLE)?.install_default(write)?;
    SERVED.call_once(|| binding);
    Ok(())
}

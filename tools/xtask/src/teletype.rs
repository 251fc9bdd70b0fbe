//! Terminals and serial ports: bytes as they are, both ways.
//!
//! Source: termios(3); raw mode as `cfmakeraw` makes it.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
use rustix::termios::{
    ControlModes, OptionalActions, OutputModes, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};

/// The speed of a kernel's console.
const SPEED_BAUD: u32 = 115_200;

/// The terminal at standard input in raw mode, if there is one; as before once this is dropped.
pub(crate) struct Raw {
    before: Termios,
}

impl Raw {
    /// Begins it; nothing where standard input is no terminal.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub(crate) fn begin() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        // What this program itself prints still ends its lines.
        raw.output_modes |= OutputModes::OPOST;
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Some(Self { before }))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs no repair.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}

/// Opens the serial port at `path`: 115200 baud, eight bits, no parity, no flow control, nothing left of what came before.
///
/// # Errors
/// When there is none, or it is no serial port.
pub(crate) fn port(path: &Path) -> io::Result<File> {
    // Not blocking, or the open would wait for a carrier that three wires never bring.
    let port = open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    let mut modes = tcgetattr(&port)?;
    modes.make_raw();
    modes.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
    modes.control_modes -= ControlModes::CRTSCTS | ControlModes::CSTOPB;
    modes.set_speed(SPEED_BAUD)?;
    tcsetattr(&port, OptionalActions::Now, &modes)?;
    tcflush(&port, QueueSelector::IOFlush)?;
    fcntl_setfl(&port, fcntl_getfl(&port)? - OFlags::NONBLOCK)?;
    Ok(port.into())
}

#[cfg(test)]
mod tests {
    use super::{SPEED_BAUD, port};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::tcgetattr;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::path::Path;

    #[test]
    fn a_port_passes_every_byte_as_it_is() {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudoterminal");
        grantpt(&far).expect("ours");
        unlockpt(&far).expect("ours");
        let name = ptsname(&far, Vec::new()).expect("it has a name");
        let mut near = port(Path::new(name.to_str().expect("plain"))).expect("it is a terminal");
        let mut far = File::from(far);
        // What a terminal would make signals, lines or flow control of.
        let bytes: Vec<u8> = (0..=255).collect();
        let mut came = [0; 256];
        near.write_all(&bytes).expect("open");
        far.read_exact(&mut came).expect("open");
        assert_eq!(came, *bytes);
        far.write_all(&bytes).expect("open");
        near.read_exact(&mut came).expect("open");
        assert_eq!(came, *bytes);
        assert_eq!(tcgetattr(&near).expect("a terminal").output_speed(), SPEED_BAUD);
    }

    #[test]
    fn what_is_no_port_is_refused() {
        assert!(port(Path::new("/dev/null")).is_err());
    }
}

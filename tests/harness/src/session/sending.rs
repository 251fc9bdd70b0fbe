//! Sending an object to a shell in the middle of a session, by the very code of `./x load`, over a line that may be bad.

use std::path::PathBuf;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use std::{fmt, fs};

use spindle_transfer::{Sent, Wire, send};

use super::{Dialogue, Guest};

/// A command that begins so is not typed: the file that follows is sent. Before the file may stand `damaged` (now and then
/// a byte arrives as another) or `cut` (the sender vanishes in the middle), behind it `with DOMAIN`, and quotas.
pub const SEND: &str = "@send ";

/// How a line in the transcript begins that says what the sender was told.
const HEARD: &str = "the sender heard: ";

/// Every how many-th write is damaged on a line that is.
const DAMAGED_EVERY: usize = 3;
/// How many bytes go through a line that is cut.
const CUT_AFTER_BYTES: usize = 3000;

/// What to send, and how badly.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sending {
    file: PathBuf,
    with: Option<String>,
    quotas: Vec<String>,
    harm: Harm,
}

/// What befalls what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    None,
    Damage,
    Cut,
}

impl Sending {
    /// What the command asks for, if it asks for sending.
    pub(super) fn parse(command: &str) -> Option<Self> {
        let rest = command.strip_prefix(SEND)?;
        let (harm, rest) = match rest.split_once(' ') {
            Some(("damaged", rest)) => (Harm::Damage, rest),
            Some(("cut", rest)) => (Harm::Cut, rest),
            _ => (Harm::None, rest),
        };
        let (mut rest, mut quotas) = (rest, Vec::new());
        while let Some((before, quota)) = rest.rsplit_once(' ').filter(|(_, word)| word.contains('=')) {
            rest = before;
            quotas.insert(0, quota.to_owned());
        }
        let (file, with) = match rest.rsplit_once(" with ") {
            Some((file, with)) => (file, Some(with.to_owned())),
            None => (rest, None),
        };
        Some(Self { file: file.into(), with, quotas, harm })
    }

    /// What the shell will be seen to echo.
    pub(super) fn echo(&self) -> String {
        let with = self.with.iter().map(|with| format!("with {with}"));
        ["receive".to_owned()]
            .into_iter()
            .chain(with)
            .chain(self.quotas.clone())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Sends it; returns a line for the transcript.
    pub(super) fn carry_out(&self, guest: &mut Guest, dialogue: &mut Dialogue<'_>) -> String {
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) => return format!("{}: {error}", self.file.display()),
        };
        let name = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let (with, quotas) = (self.with.as_deref(), &*self.quotas);
        let sent = Sent { name: &name, bytes: &bytes, with, quotas };
        let mut wire =
            GuestWire { guest, dialogue, harm: self.harm, writes: 0, bytes: 0, start: Instant::now() };
        match send(&mut wire, &sent, &mut |_| {}) {
            Ok(text) => format!("{HEARD}{text}"),
            Err(error) => format!("{HEARD}error: {error}"),
        }
    }
}

/// The guest's console, as the sender uses it.
struct GuestWire<'a, 'b> {
    guest: &'a mut Guest,
    dialogue: &'a mut Dialogue<'b>,
    harm: Harm,
    writes: usize,
    bytes: usize,
    start: Instant,
}

/// The line ends here.
#[derive(Debug)]
struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was cut")
    }
}

impl Wire for GuestWire<'_, '_> {
    type Failure = Gone;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.writes += 1;
        let mut bytes = bytes.to_vec();
        // The first is the command, which nobody would ask for again.
        if self.harm == Harm::Damage && self.writes > 1 && self.writes.is_multiple_of(DAMAGED_EVERY) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        }
        if self.harm == Harm::Cut {
            bytes.truncate(CUT_AFTER_BYTES.saturating_sub(self.bytes));
        }
        if bytes.is_empty() {
            return Err(Gone);
        }
        self.bytes += bytes.len();
        self.guest.write(&bytes);
        Ok(())
    }

    fn read(&mut self, patience: Duration) -> Result<Vec<u8>, Gone> {
        if self.harm == Harm::Cut && self.bytes >= CUT_AFTER_BYTES {
            return Err(Gone);
        }
        let bytes = match self.guest.output.recv_timeout(patience) {
            Ok(bytes) => bytes,
            Err(RecvTimeoutError::Timeout) => return Ok(Vec::new()),
            // The guest has left; how, the session finds out.
            Err(RecvTimeoutError::Disconnected) => return Err(Gone),
        };
        self.dialogue.read(self.guest, &bytes);
        Ok(bytes)
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::{Harm, Sending};

    #[test]
    fn a_sending_is_a_file_with_or_without_harm_and_domains() {
        let sending = |file: &str, with: Option<&str>, harm| {
            Some(Sending { file: file.into(), with: with.map(str::to_owned), quotas: Vec::new(), harm })
        };
        assert_eq!(Sending::parse("load a"), None);
        assert_eq!(Sending::parse("@send a b.spx"), sending("a b.spx", None, Harm::None));
        assert_eq!(Sending::parse("@send cut a.spx"), sending("a.spx", None, Harm::Cut));
        let damaged = sending("a.spx", Some("SpinTrusted"), Harm::Damage);
        assert_eq!(Sending::parse("@send damaged a.spx with SpinTrusted"), damaged);
        let limited = Sending::parse("@send a.spx with SpinTrusted slots=3 frames=9").expect("it is one");
        assert_eq!(
            (limited.quotas.len(), limited.echo().as_str()),
            (2, "receive with SpinTrusted slots=3 frames=9")
        );
    }
}

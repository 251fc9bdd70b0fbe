//! Remote: a machine of QEMU's as its port for debuggers gives it: memory, registers, breakpoints, steps.
//!
//! Each call is one request and its answer. Invariant: between calls the machine stands still, but after [`Remote::resume`] until
//! [`Remote::stopped`], and after [`Remote::leave`]. Knows nothing of what runs there.

use std::fmt;
use std::io::{self, Read, Write};

use super::packet::{self, PacketError};

/// General registers that come before the stack pointer and the program counter.
const GENERAL: usize = 31;
/// Bytes of a register.
const WORD: usize = size_of::<u64>();

/// Why a machine can't be asked.
#[derive(Debug)]
pub(crate) enum RemoteError {
    /// The stream failed; also when nothing came for long.
    Stream(io::Error),
    /// The other side has gone.
    Closed,
    /// What came is no packet.
    Packet(PacketError),
    /// The answer isn't one to this request.
    Answer { request: String, answer: String },
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => write!(f, "QEMU's port for debuggers: {error}"),
            Self::Closed => f.write_str("QEMU has closed its port for debuggers"),
            Self::Packet(error) => error.fmt(f),
            Self::Answer { request, answer } => write!(f, "QEMU answers `{answer}` to `{request}`"),
        }
    }
}

impl std::error::Error for RemoteError {}

impl From<io::Error> for RemoteError {
    fn from(error: io::Error) -> Self {
        Self::Stream(error)
    }
}

/// Where a core is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Registers {
    /// Its stack pointer.
    pub(crate) sp: u64,
    /// The address of the instruction that comes next.
    pub(crate) pc: u64,
}

/// The machine at the other end of a stream.
pub(crate) struct Remote<S> {
    stream: S,
    /// What has come and wasn't read yet.
    come: Vec<u8>,
}

impl<S: Read + Write> Remote<S> {
    /// The machine at the other end; it stands still from the connection on.
    ///
    /// # Errors
    /// When it doesn't say so.
    pub(crate) fn attach(stream: S) -> Result<Self, RemoteError> {
        let mut remote = Self { stream, come: Vec::new() };
        remote.say("?")?;
        remote.stopped()?;
        Ok(remote)
    }

    /// Memory at an address of the core that stopped.
    ///
    /// # Errors
    /// When nothing is mapped there.
    pub(crate) fn read(&mut self, address: u64, count: usize) -> Result<Vec<u8>, RemoteError> {
        let request = format!("m{address:x},{count:x}");
        let answer = self.ask(&request)?;
        let bytes = packet::bytes(&answer).filter(|bytes| bytes.len() == count);
        bytes.ok_or(RemoteError::Answer { request, answer })
    }

    /// A word of memory.
    ///
    /// # Errors
    /// As for [`Remote::read`].
    pub(crate) fn word(&mut self, address: u64) -> Result<u64, RemoteError> {
        Ok(little(&self.read(address, WORD)?))
    }

    /// Writes a byte, also where the guest itself may not.
    ///
    /// # Errors
    /// When nothing is mapped there.
    pub(crate) fn write(&mut self, address: u64, byte: u8) -> Result<(), RemoteError> {
        self.order(&format!("M{address:x},1:{byte:02x}"))
    }

    /// Stack pointer and program counter of the core that stopped.
    ///
    /// # Errors
    /// When the answer has no room for them.
    pub(crate) fn registers(&mut self) -> Result<Registers, RemoteError> {
        let answer = self.ask("g")?;
        let bytes = packet::bytes(&answer).filter(|bytes| bytes.len() >= (GENERAL + 2) * WORD);
        let bytes = bytes.ok_or(RemoteError::Answer { request: "g".to_owned(), answer })?;
        let register = |number: usize| little(&bytes[number * WORD..][..WORD]);
        Ok(Registers { sp: register(GENERAL), pc: register(GENERAL + 1) })
    }

    /// The program counter alone, which is little to send.
    ///
    /// # Errors
    /// When the answer is no register.
    pub(crate) fn pc(&mut self) -> Result<u64, RemoteError> {
        let request = format!("p{:x}", GENERAL + 1);
        let answer = self.ask(&request)?;
        match packet::bytes(&answer).filter(|bytes| bytes.len() == WORD) {
            Some(bytes) => Ok(little(&bytes)),
            None => Err(RemoteError::Answer { request, answer }),
        }
    }

    /// Has the machine stop before the instruction at this address, on whichever core.
    ///
    /// # Errors
    /// When it has no more breakpoints.
    pub(crate) fn break_at(&mut self, address: u64) -> Result<(), RemoteError> {
        self.order(&format!("Z1,{address:x},4"))
    }

    /// Takes that back.
    ///
    /// # Errors
    /// When it isn't there.
    pub(crate) fn unbreak(&mut self, address: u64) -> Result<(), RemoteError> {
        self.order(&format!("z1,{address:x},4"))
    }

    /// Has the core that stopped carry out one instruction.
    ///
    /// # Errors
    /// When it doesn't stop afterwards.
    pub(crate) fn step(&mut self) -> Result<(), RemoteError> {
        self.say("s")?;
        self.stopped()
    }

    /// Lets the machine go on.
    ///
    /// # Errors
    /// When it can't be told.
    pub(crate) fn resume(&mut self) -> Result<(), RemoteError> {
        self.say("c")
    }

    /// Waits until it has stopped.
    ///
    /// # Errors
    /// When it ends, or goes on for longer than the stream waits.
    pub(crate) fn stopped(&mut self) -> Result<(), RemoteError> {
        let answer = self.hear()?;
        if answer.starts_with(['T', 'S']) {
            return Ok(());
        }
        Err(RemoteError::Answer { request: "to stop".to_owned(), answer })
    }

    /// Lets the machine go on, with nobody at its port.
    ///
    /// # Errors
    /// When it can't be told.
    pub(crate) fn leave(mut self) -> Result<(), RemoteError> {
        self.order("D")
    }

    fn order(&mut self, request: &str) -> Result<(), RemoteError> {
        let answer = self.ask(request)?;
        if answer == "OK" { Ok(()) } else { Err(RemoteError::Answer { request: request.to_owned(), answer }) }
    }

    fn ask(&mut self, request: &str) -> Result<String, RemoteError> {
        self.say(request)?;
        self.hear()
    }

    fn say(&mut self, text: &str) -> Result<(), RemoteError> {
        self.stream.write_all(packet::wrapped(text).as_bytes())?;
        Ok(self.stream.flush()?)
    }

    fn hear(&mut self) -> Result<String, RemoteError> {
        loop {
            if let Some((text, length)) = packet::first(&self.come).map_err(RemoteError::Packet)? {
                self.come.drain(..length);
                self.stream.write_all(b"+")?;
                return Ok(text);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer)? {
                0 => return Err(RemoteError::Closed),
                count => self.come.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

/// The number that these bytes are, lowest first.
fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A server that expects these requests and has these answers; an empty answer is none.
    pub(crate) struct Fake {
        expected: VecDeque<(String, String)>,
        said: Vec<u8>,
        answers: VecDeque<u8>,
    }

    impl Fake {
        pub(crate) fn new(talk: &[(&str, &str)]) -> Self {
            let expected = talk.iter().map(|(request, answer)| ((*request).to_owned(), (*answer).to_owned()));
            Self { expected: expected.collect(), said: Vec::new(), answers: VecDeque::new() }
        }
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.said.extend_from_slice(bytes);
            while let Some((request, length)) = packet::first(&self.said).expect("well formed") {
                self.said.drain(..length);
                let (expected, answer) = self.expected.pop_front().expect("no further request");
                assert_eq!(request, expected);
                self.answers.extend(b"+");
                if !answer.is_empty() {
                    self.answers.extend(packet::wrapped(&answer).bytes());
                }
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Fake {
        /// In small pieces, as a socket may.
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.answers.len().min(3);
            for (place, byte) in buffer.iter_mut().zip(self.answers.drain(..count)) {
                *place = byte;
            }
            Ok(count)
        }
    }

    fn attached(talk: &[(&str, &str)]) -> Remote<Fake> {
        let talk: Vec<_> = [("?", "T05thread:01;")].iter().chain(talk).copied().collect();
        Remote::attach(Fake::new(&talk)).expect("stops")
    }

    #[test]
    fn memory_is_read_and_written() {
        let mut remote = attached(&[("mffff0010,8", "0102000000000000"), ("Mffff0010,1:03", "OK")]);
        assert_eq!(remote.word(0xffff_0010).expect("mapped"), 0x201);
        remote.write(0xffff_0010, 3).expect("mapped");
    }

    #[test]
    fn the_program_counter_is_asked_for_alone() {
        let mut remote = attached(&[("p20", "8000000000000000"), ("p20", "80")]);
        assert_eq!(remote.pc().expect("a register"), 0x80);
        assert!(remote.pc().is_err());
    }

    #[test]
    fn stack_pointer_and_program_counter_follow_the_general_registers() {
        let registers = format!("{}00010000e0ffffff80000000000000000500004000", "00".repeat(31 * 8));
        let mut remote = attached(&[("g", &registers)]);
        assert_eq!(
            remote.registers().expect("long enough"),
            Registers { sp: 0xffff_ffe0_0000_0100, pc: 0x80 }
        );
    }

    #[test]
    fn it_goes_to_a_breakpoint_and_on_by_steps() {
        let talk = [
            ("Z1,80,4", "OK"),
            ("c", "T05thread:01;"),
            ("z1,80,4", "OK"),
            ("s", "T05thread:01;"),
            ("D", "OK"),
        ];
        let mut remote = attached(&talk);
        remote.break_at(0x80).expect("free");
        remote.resume().expect("open");
        remote.stopped().expect("hit");
        remote.unbreak(0x80).expect("there");
        remote.step().expect("stops");
        remote.leave().expect("open");
    }

    #[test]
    fn what_is_refused_is_told_with_the_request() {
        let mut remote = attached(&[("m0,1", "E14"), ("M0,1:00", "E14"), ("g", "00")]);
        let error = remote.read(0, 1).expect_err("nothing there").to_string();
        assert_eq!(error, "QEMU answers `E14` to `m0,1`");
        assert!(remote.write(0, 0).is_err());
        assert!(remote.registers().is_err());
    }

    #[test]
    fn a_machine_that_ends_is_no_machine_that_stops() {
        let mut remote = attached(&[("c", "W00")]);
        remote.resume().expect("open");
        assert!(matches!(remote.stopped(), Err(RemoteError::Answer { .. })));
        assert!(matches!(remote.stopped(), Err(RemoteError::Closed)));
    }
}

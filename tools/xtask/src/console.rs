//! The console of a kernel in QEMU, for the terminal here and for one other program at a time.
//!
//! QEMU's own terminal goes through here: what the guest says is shown and is given to whoever has connected to the socket;
//! what is typed, and what comes by the socket, goes to QEMU. While somebody is connected, what is typed is held back, so that
//! it does not get between the packets of an object; a Ctrl-A, with which QEMU is commanded, ends the holding back.
//!
//! In between QEMU's multiplexer is kept, which is why a Ctrl-A that comes by the socket is doubled (QEMU's manual, "Keys in the
//! character backend multiplexer").
//!
//! Invariant: nobody at the socket can hold up the guest or the terminal: who does not read is left out.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::teletype::Raw;

/// QEMU's escape.
const ESCAPE: u8 = 0x01;
/// How long somebody at the socket may keep the guest's output waiting.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs QEMU with its terminal here and a socket at `path`, to its end.
///
/// # Errors
/// When it can't be started, or the terminal refuses.
pub(crate) fn run(command: &mut Command, path: &Path) -> io::Result<ExitStatus> {
    let listener = listen(path);
    if let Err(error) = &listener {
        eprintln!("x: `./x load` can't reach this kernel: {}: {error}", path.display());
    }
    let has_socket = listener.is_ok();
    let raw = Raw::begin()?;
    let status = between(command, listener.ok(), io::stdin(), io::stdout());
    drop(raw);
    if has_socket {
        // Left behind it would be taken away by the next run.
        let _ = fs::remove_file(path);
    }
    status
}

/// Listens at `path`, unless a run that is alive does.
fn listen(path: &Path) -> io::Result<UnixListener> {
    if UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another run listens there"));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    UnixListener::bind(path)
}

/// Runs `command`, with `typed` and `shown` in the place of a terminal.
fn between(
    command: &mut Command,
    listener: Option<UnixListener>,
    typed: impl Read + Send + 'static,
    shown: impl Write + Send + 'static,
) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("the process has no pipes"));
    };
    let gate = Arc::new(Mutex::new(Gate { guest: stdin, visitor: None, held: None }));
    let output = {
        let gate = Arc::clone(&gate);
        thread::spawn(move || show(stdout, shown, &gate))
    };
    {
        let gate = Arc::clone(&gate);
        thread::spawn(move || pump(typed, |bytes| open(&gate).typed(bytes)));
    }
    if let Some(listener) = listener {
        thread::spawn(move || listener.incoming().flatten().for_each(|visitor| receive(visitor, &gate)));
    }
    let status = child.wait();
    // The last it said is still on its way. The other threads wait for what nobody needs any more.
    let _ = output.join();
    status
}

/// Where the ways meet.
struct Gate {
    guest: ChildStdin,
    /// Who is at the socket.
    visitor: Option<UnixStream>,
    /// What was typed since somebody is there; nothing while typing goes through.
    held: Option<Vec<u8>>,
}

impl Gate {
    fn typed(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.contains(&ESCAPE) {
            self.release()?;
        }
        match &mut self.held {
            Some(held) => {
                held.extend(bytes);
                Ok(())
            }
            None => self.write(bytes),
        }
    }

    fn release(&mut self) -> io::Result<()> {
        let held = self.held.take().unwrap_or_default();
        self.write(&held)
    }

    fn sent(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut doubled = Vec::with_capacity(bytes.len());
        for byte in bytes {
            doubled.push(*byte);
            if *byte == ESCAPE {
                doubled.push(ESCAPE);
            }
        }
        self.write(&doubled)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.guest.write_all(bytes)?;
        self.guest.flush()
    }
}

fn open(gate: &Mutex<Gate>) -> MutexGuard<'_, Gate> {
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands on what comes out of `from` until either side ends.
fn pump(mut from: impl Read, mut to: impl FnMut(&[u8]) -> io::Result<()>) {
    let mut buffer = [0; 4096];
    while let Ok(count) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { return };
        if to(bytes).is_err() {
            return;
        }
    }
}

fn show(guest: impl Read, mut shown: impl Write, gate: &Mutex<Gate>) {
    pump(guest, |bytes| {
        // A terminal that is gone is no reason to stop the guest.
        let _ = shown.write_all(bytes).and_then(|()| shown.flush());
        // Not with the gate shut: what the visitor is told must not hold up what is typed.
        let visitor = open(gate).visitor.as_ref().and_then(|visitor| visitor.try_clone().ok());
        if let Some(mut visitor) = visitor
            && visitor.write_all(bytes).is_err()
        {
            let _ = visitor.shutdown(std::net::Shutdown::Both);
        }
        Ok(())
    });
}

/// Lets somebody at the socket in, until they leave.
fn receive(visitor: UnixStream, gate: &Mutex<Gate>) {
    let Ok(read) = visitor.try_clone() else { return };
    if visitor.set_write_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    {
        let mut gate = open(gate);
        gate.visitor = Some(visitor);
        gate.held = Some(Vec::new());
    }
    pump(read, |bytes| open(gate).sent(bytes));
    let mut gate = open(gate);
    gate.visitor = None;
    // A guest that is gone does not want it either.
    let _ = gate.release();
}

#[cfg(test)]
mod tests {
    use super::{between, listen};
    use std::io::{self, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::process::Command;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    /// A terminal's two ends as the test holds them.
    struct Held {
        typed: io::PipeWriter,
        shown: io::PipeReader,
        socket: UnixStream,
        over: mpsc::Receiver<bool>,
    }

    fn held(name: &str, guest: &str) -> Held {
        let path = std::env::temp_dir().join(format!("spindle-{}-{name}.sock", std::process::id()));
        let listener = listen(&path).expect("a path of its own");
        let (read, typed) = io::pipe().expect("a pipe");
        let (shown, write) = io::pipe().expect("a pipe");
        let (sender, over) = mpsc::channel();
        let guest = guest.to_owned();
        thread::spawn(move || {
            let status = between(Command::new("sh").args(["-c", &guest]), Some(listener), read, write);
            sender.send(status.is_ok_and(|status| status.success()))
        });
        let socket = UnixStream::connect(&path).expect("somebody listens");
        std::fs::remove_file(&path).expect("it is there");
        Held { typed, shown, socket, over }
    }

    fn next(from: &mut impl Read, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        from.read_exact(&mut bytes).expect("so many bytes");
        bytes
    }

    #[test]
    fn both_sides_hear_the_guest_and_typing_waits_for_the_visitor_to_leave() {
        let mut held = held("both", "exec cat");
        held.socket.write_all(b"packet\x01").expect("open");
        assert_eq!(next(&mut held.socket, 8), b"packet\x01\x01");
        assert_eq!(next(&mut held.shown, 8), b"packet\x01\x01");
        held.typed.write_all(b"typed").expect("open");
        thread::sleep(Duration::from_millis(50));
        held.socket.write_all(b"more").expect("open");
        assert_eq!(next(&mut held.socket, 4), b"more");
        drop(held.socket);
        assert_eq!(next(&mut held.shown, 9), b"moretyped");
    }

    #[test]
    fn qemu_can_be_commanded_while_somebody_is_there() {
        let mut held = held("escape", "exec cat");
        held.socket.write_all(b"a").expect("open");
        assert_eq!(next(&mut held.shown, 1), b"a");
        held.typed.write_all(b"b\x01x").expect("open");
        assert_eq!(next(&mut held.shown, 3), b"b\x01x");
    }

    #[test]
    fn the_guest_s_end_is_the_end_and_its_last_words_are_shown() {
        let mut held = held("end", "read word; echo bye $word");
        held.socket.write_all(b"now\n").expect("open");
        assert_eq!(held.over.recv_timeout(Duration::from_secs(10)), Ok(true));
        let mut said = Vec::new();
        held.shown.read_to_end(&mut said).expect("readable");
        assert_eq!(said, b"bye now\n");
    }

    #[test]
    fn a_second_run_does_not_take_the_socket_away() {
        let path = std::env::temp_dir().join(format!("spindle-{}-twice.sock", std::process::id()));
        let first = listen(&path).expect("a path of its own");
        assert_eq!(listen(&path).expect_err("taken").kind(), io::ErrorKind::AddrInUse);
        drop(first);
        // What a run that was killed left behind is in nobody's way.
        drop(listen(&path).expect("free"));
        std::fs::remove_file(&path).expect("it is there");
    }
}

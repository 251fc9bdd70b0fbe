//! The conversation: one interface with both ends on it, a clock of its own, so many steps and no more.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{ConnectError, ListenError, RecvError, SendError, Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use crate::wire::{Seen, Wire};

/// The most that is sent: what a socket's buffer holds.
pub(crate) const MOST_BYTES: usize = 512;

/// So many steps of the clock are enough for every conversation.
const STEPS: u32 = 2_000;
const STEP: Duration = Duration::from_millis(5);

const ADDRESS: IpAddress = IpAddress::v4(10, 0, 0, 1);
const SERVER_PORT: u16 = 7;
const CLIENT_PORT: u16 = 49_152;

/// What came of a conversation.
pub(crate) struct Outcome {
    answer: String,
    seen: Seen,
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` came back; {}", self.answer, self.seen)
    }
}

/// Why there was none.
pub(crate) enum Failure {
    NoAddress,
    Listen(ListenError),
    Connect(ConnectError),
    Send(SendError),
    Receive(RecvError),
    /// The clock's steps were used up, with so many bytes of the answer there.
    TooLong(usize),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress => out.write_str("the interface takes no address"),
            Self::Listen(error) => write!(out, "the server can't listen: {error}"),
            Self::Connect(error) => write!(out, "the client can't connect: {error}"),
            Self::Send(error) => write!(out, "nothing can be sent: {error}"),
            Self::Receive(error) => write!(out, "nothing can be received: {error}"),
            Self::TooLong(bytes) => {
                write!(out, "not over after {STEPS} steps, with {bytes} bytes of the answer")
            }
        }
    }
}

/// Sends `text` to the server, which sends it back the other way round.
pub(crate) fn hold(text: &[u8]) -> Result<Outcome, Failure> {
    let mut wire = Wire::default();
    let mut now = Instant::from_millis(0);
    let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    config.random_seed = 1;
    let mut interface = Interface::new(config, &mut wire, now);
    let mut is_there = false;
    interface.update_ip_addrs(|addresses| is_there = addresses.push(IpCidr::new(ADDRESS, 24)).is_ok());
    if !is_there {
        return Err(Failure::NoAddress);
    }
    let mut sockets = SocketSet::new(Vec::new());
    let (server, client) = (sockets.add(socket()), sockets.add(socket()));
    sockets.get_mut::<Socket>(server).listen(SERVER_PORT).map_err(Failure::Listen)?;
    let connecting = sockets.get_mut::<Socket>(client);
    connecting.connect(interface.context(), (ADDRESS, SERVER_PORT), CLIENT_PORT).map_err(Failure::Connect)?;
    let mut is_sent = false;
    let mut answer = Vec::new();
    for _ in 0..STEPS {
        interface.poll(now, &mut wire, &mut sockets);
        serve(&mut sockets, server, text.len())?;
        let socket = sockets.get_mut::<Socket>(client);
        if !is_sent && socket.can_send() {
            socket.send_slice(text).map_err(Failure::Send)?;
            is_sent = true;
        }
        receive(socket, &mut answer)?;
        if answer.len() == text.len() {
            socket.close();
        }
        if is_sent && !socket.is_active() && !sockets.get::<Socket>(server).is_active() {
            return Ok(Outcome { answer: String::from_utf8_lossy(&answer).into_owned(), seen: wire.seen() });
        }
        now += STEP;
    }
    Err(Failure::TooLong(answer.len()))
}

fn socket() -> Socket<'static> {
    Socket::new(SocketBuffer::new(vec![0; MOST_BYTES]), SocketBuffer::new(vec![0; MOST_BYTES]))
}

fn receive(socket: &mut Socket<'_>, all: &mut Vec<u8>) -> Result<(), Failure> {
    while socket.can_recv() {
        socket
            .recv(|bytes| {
                all.extend_from_slice(bytes);
                (bytes.len(), ())
            })
            .map_err(Failure::Receive)?;
    }
    Ok(())
}

/// Answers when all `bytes` are there, and closes when the client has.
fn serve(sockets: &mut SocketSet<'_>, server: SocketHandle, bytes: usize) -> Result<(), Failure> {
    let socket = sockets.get_mut::<Socket>(server);
    if socket.recv_queue() == bytes {
        let mut text = Vec::new();
        receive(socket, &mut text)?;
        text.reverse();
        socket.send_slice(&text).map_err(Failure::Send)?;
    }
    if socket.state() == State::CloseWait {
        socket.close();
    }
    Ok(())
}

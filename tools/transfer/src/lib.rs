//! How an object is sent to a running kernel over its console. One crate for both sides, so that they can't drift apart.
//!
//! The sender types `receive` at the shell's prompt and waits for [`Answer::Ready`]. Then it sends [`packet`]s, numbered
//! from 0: what is coming, the bytes, the end. Each is answered before the next is sent, which is all the flow control that
//! a receiver with a FIFO of 32 bytes needs; one that came damaged, or not at all, is sent again. After the end the
//! receiver says what came of it, and the sender takes leave.
//!
//! Bytes of packets are any but zero, which ends one; so a receiver finds its place again behind whatever was lost.
//! [`answer`]s go out between the texts of others on the same console, and look like nothing on a terminal.
//!
//! Invariants: what comes in makes nothing here panic, wait for ever, or take more memory than [`LARGEST_BYTES`]. A receiver
//! that is over has given all its memory away. Two Ctrl-C where a packet would begin end any reception.
//!
//! Knows no clock and no device: time comes as [`Receiver::tick`] and by the sender's [`Wire`]. Nor what is sent.
//!
//! Sources: Cheshire and Baker, Consistent Overhead Byte Stuffing, SIGCOMM 1997; stop and wait as in XMODEM-1K.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod answer;
mod checksum;
pub mod packet;
pub mod receiver;
pub mod sender;

use core::time::Duration;

pub use answer::{Answer, Answers};
pub use packet::Packet;
pub use receiver::{Heard, ReceiveError, Received, Receiver};
pub use sender::{SendError, Sent, Wire, send};

/// The largest object that is taken.
pub const LARGEST_BYTES: usize = 4 << 20;

/// How many bytes of the object one packet carries: 90 ms at 115200 baud, which is what a lost byte costs.
pub const PIECE_BYTES: usize = 1024;

/// The longest name that is taken.
pub const LONGEST_NAME_BYTES: usize = 64;

/// How far apart a receiver's ticks are.
pub const TICK: Duration = Duration::from_secs(1);

/// A receiver gives up after so many ticks without a sound packet.
pub const QUIET_TICKS: u32 = 10;

/// After so many damaged packets in a row a receiver gives up; as often a sender tries.
pub const TRIES: u32 = 10;

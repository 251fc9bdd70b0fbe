//! A wire in memory: what is sent is received, in order, by the same interface. It reads along.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{ArpPacket, EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet, TcpPacket};

/// Longest frame, in bytes.
const FRAME_BYTES: usize = 1514;

/// The wire.
#[derive(Default)]
pub(crate) struct Wire {
    frames: VecDeque<Vec<u8>>,
    seen: Seen,
}

/// What went over the wire, frame by frame.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    arps: u32,
    opened: u32,
    answered: u32,
    finished: u32,
    payload_bytes: usize,
    unreadable: u32,
}

impl fmt::Display for Seen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opened, answered, finished, payload_bytes, unreadable, .. } = self;
        write!(
            out,
            "{opened} SYN, {answered} SYN ACK, {finished} FIN, {payload_bytes} bytes, {unreadable} unreadable"
        )?;
        if self.arps > 0 { write!(out, ", ARP") } else { Ok(()) }
    }
}

impl Seen {
    fn read(&mut self, frame: &[u8]) {
        if self.parse(frame).is_none() {
            self.unreadable += 1;
        }
    }

    /// None for what isn't whole, or has a wrong checksum.
    fn parse(&mut self, frame: &[u8]) -> Option<()> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        if frame.ethertype() == EthernetProtocol::Arp {
            ArpPacket::new_checked(frame.payload()).ok()?;
            self.arps += 1;
            return Some(());
        }
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        if !packet.verify_checksum() || packet.next_header() != IpProtocol::Tcp {
            return None;
        }
        let segment = TcpPacket::new_checked(packet.payload()).ok()?;
        if !segment.verify_checksum(&packet.src_addr().into(), &packet.dst_addr().into()) {
            return None;
        }
        match (segment.syn(), segment.ack()) {
            (true, false) => self.opened += 1,
            (true, true) => self.answered += 1,
            _ => {}
        }
        self.finished += u32::from(segment.fin());
        self.payload_bytes += segment.payload().len();
        Some(())
    }
}

impl Wire {
    pub(crate) fn seen(&self) -> Seen {
        self.seen
    }
}

/// A frame that arrives.
pub(crate) struct Arriving(Vec<u8>);

/// Room for a frame that leaves.
pub(crate) struct Leaving<'w>(&'w mut Wire);

impl RxToken for Arriving {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, bytes: usize, write: F) -> R {
        let mut frame = vec![0; bytes];
        let result = write(&mut frame);
        self.0.seen.read(&frame);
        self.0.frames.push_back(frame);
        result
    }
}

impl Device for Wire {
    type RxToken<'w> = Arriving;
    type TxToken<'w> = Leaving<'w>;

    fn receive(&mut self, _: Instant) -> Option<(Arriving, Leaving<'_>)> {
        let frame = self.frames.pop_front()?;
        Some((Arriving(frame), Leaving(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME_BYTES;
        capabilities
    }
}

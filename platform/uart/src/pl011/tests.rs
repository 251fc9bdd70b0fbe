//! The driver on memory that plays a PL011's registers: it keeps what is written and has no FIFO.

use core::ptr::NonNull;

use spindle_machine::address::PhysRange;
use spindle_machine::mmio::{self, DeviceRegion};

use super::{Pl011, Received};
use crate::error::UartError;

const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const INTEGER_SPEED: usize = 0x24;
const FRACTION_SPEED: usize = 0x28;
const LINE_CONTROL: usize = 0x2c;
const CONTROL: usize = 0x30;
const MASK: usize = 0x38;
const CLEAR: usize = 0x44;

const RECEIVE_EMPTY: u32 = 1 << 4;
const RECEIVE: u32 = 1 << 4;
const RECEIVE_TIMEOUT: u32 = 1 << 6;

/// The registers as the device sees them.
#[derive(Clone, Copy)]
struct Device(NonNull<u32>);

impl Device {
    fn new(len_bytes: u64) -> (Self, DeviceRegion) {
        let region = mmio::claim(PhysRange::new(0x0900_0000, len_bytes)).expect("the host has room");
        (Self(region.base().cast()), region)
    }

    #[expect(unsafe_code, reason = "the test plays the device")]
    fn get(self, offset_bytes: usize) -> u32 {
        // SAFETY: within the region's memory, which lives for ever; only this thread touches it.
        unsafe { self.at(offset_bytes).read_volatile() }
    }

    #[expect(unsafe_code, reason = "the test plays the device")]
    fn set(self, offset_bytes: usize, value: u32) {
        // SAFETY: as above.
        unsafe { self.at(offset_bytes).write_volatile(value) }
    }

    fn at(self, offset_bytes: usize) -> *mut u32 {
        self.0.as_ptr().wrapping_byte_add(offset_bytes)
    }
}

fn port() -> (Device, Pl011) {
    let (device, region) = Device::new(0x200);
    let port = Pl011::take_over(region).expect("a port");
    (device, port)
}

#[test]
fn the_firmwares_speed_is_kept() {
    let (device, region) = Device::new(0x200);
    device.set(INTEGER_SPEED, 312);
    device.set(FRACTION_SPEED, 33);
    assert!(Pl011::take_over(region).is_ok());
    assert_eq!((device.get(INTEGER_SPEED), device.get(FRACTION_SPEED)), (312, 33));
}

#[test]
fn a_port_without_speed_gets_115200_from_48_mhz() {
    let (device, _port) = port();
    assert_eq!((device.get(INTEGER_SPEED), device.get(FRACTION_SPEED)), (26, 3));
}

#[test]
fn a_port_taken_over_has_fifos_eight_bits_and_masked_interrupts() {
    let (device, region) = Device::new(0x200);
    device.set(MASK, 0x7ff);
    assert!(Pl011::take_over(region).is_ok());
    assert_eq!(device.get(LINE_CONTROL), 0b0111_0000);
    assert_eq!(device.get(CONTROL), 0x301);
    assert_eq!(device.get(MASK), 0);
    assert_eq!(device.get(CLEAR), 0x7ff);
}

#[test]
fn a_whole_register_map_must_identify_itself() {
    let (_, region) = Device::new(0x1000);
    assert!(matches!(Pl011::take_over(region), Err(UartError::NotPl011(_))));
    let (device, region) = Device::new(0x1000);
    for (offset, value) in [(0xfe0, 0x11), (0xfe4, 0x10), (0xfe8, 0x14), (0xfec, 0x00)] {
        device.set(offset, value);
    }
    assert!(Pl011::take_over(region).is_ok());
}

#[test]
fn a_short_region_is_refused() {
    let (_, region) = Device::new(0x40);
    let refused = Pl011::take_over(region).err();
    assert_eq!(refused, Some(UartError::RegionTooShort { len_bytes: 0x40, needed_bytes: 0x48 }));
}

#[test]
fn receiving_interrupts_at_a_level_and_at_a_pause() {
    let (device, mut port) = port();
    port.enable_receive_interrupt();
    assert_eq!(device.get(MASK), RECEIVE | RECEIVE_TIMEOUT);
    port.disable_receive_interrupt();
    assert_eq!(device.get(MASK), 0);
}

#[test]
fn the_interrupt_is_cleared_before_the_first_byte_is_read() {
    let (device, mut port) = port();
    device.set(CLEAR, 0);
    device.set(DATA, u32::from(b'x'));
    let mut cleared = None;
    let count = port.drain(|received| {
        assert_eq!(received, Received::Byte(b'x'));
        cleared = Some(device.get(CLEAR));
        device.set(FLAGS, RECEIVE_EMPTY);
    });
    assert_eq!(count, 1);
    assert_eq!(cleared.map(|cleared| cleared & (RECEIVE | RECEIVE_TIMEOUT)), Some(RECEIVE | RECEIVE_TIMEOUT));
}

#[test]
fn draining_an_empty_port_takes_nothing() {
    let (device, mut port) = port();
    device.set(FLAGS, RECEIVE_EMPTY);
    assert_eq!(port.drain(|received| panic!("{received:?}")), 0);
}

#[test]
fn what_went_wrong_on_the_line_is_told_apart() {
    for (flag, expected) in [
        (1 << 11, Received::Overrun),
        (1 << 10, Received::Break),
        (1 << 9, Received::Damaged),
        (1 << 8, Received::Damaged),
    ] {
        let (device, mut port) = port();
        device.set(DATA, flag);
        port.drain(|received| {
            assert_eq!(received, expected);
            device.set(FLAGS, RECEIVE_EMPTY);
        });
    }
}

#[test]
fn bytes_are_written_to_the_data_register() {
    let (device, mut port) = port();
    port.write(b"ok");
    port.flush();
    assert_eq!(device.get(DATA), u32::from(b'k'));
}

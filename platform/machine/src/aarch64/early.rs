//! The console before there is a driver, and after everything has failed: polled writes to a PL011.
//!
//! It needs no lock, no heap and no tree. Until the board is known it guesses from the load address: RAM from 0 is a
//! Raspberry Pi 4, RAM above is QEMU's `virt`. Registers: Arm PrimeCell UART (PL011), DDI 0183, section 3.3.

use super::layout;
use crate::address::{PhysAddr, PhysRange};
use core::sync::atomic::{AtomicUsize, Ordering};

const DATA_OFFSET: usize = 0x00;
const FLAG_OFFSET: usize = 0x18;
const FLAG_TX_FULL: u32 = 1 << 5;
const VIRT_UART: u64 = 0x0900_0000;
const PI4_UART: u64 = 0xfe20_1000;
/// Spins for room in the transmit FIFO before a byte is given up: a dead UART must not hang a panic.
const PATIENCE: u32 = 1_000_000;

/// Virtual address of the UART's registers; 0 = none. Relaxed everywhere: it is one word, and both values stay mapped.
static UART: AtomicUsize = AtomicUsize::new(0);

/// Picks the UART of the board that has RAM where the image was loaded. The boot tables map the gibibyte it is in.
pub(crate) fn choose_by_load_address(load: PhysAddr) {
    let physical = if load.0 < 0x4000_0000 { PI4_UART } else { VIRT_UART };
    UART.store(layout::DEVICE_BASE + (physical as usize & 0x3fff_ffff), Ordering::Relaxed);
}

/// The page of the UART in use, as the boot tables map it: physical range and virtual address.
pub(crate) fn guessed_page(load: PhysAddr) -> PhysRange {
    PhysRange::new(if load.0 < 0x4000_0000 { PI4_UART } else { VIRT_UART }, 4096)
}

/// Goes on with the UART at `address`, a mapped device page.
pub(crate) fn move_to(address: usize) {
    UART.store(address, Ordering::Relaxed);
}

/// Writes `text`, a newline as carriage return and newline.
///
/// # Context
/// Any, an exception or a panic included. Does not block for ever. Two cores that write at once mix their bytes.
pub fn write(text: &str) {
    let base = UART.load(Ordering::Relaxed);
    if base == 0 {
        return;
    }
    for byte in text.bytes() {
        if byte == b'\n' {
            write_byte(base, b'\r');
        }
        write_byte(base, byte);
    }
}

fn write_byte(base: usize, byte: u8) {
    for _ in 0..PATIENCE {
        // SAFETY: `base` is a mapped PL011; the flag register is readable at any time without effect.
        let flags = unsafe { ((base + FLAG_OFFSET) as *const u32).read_volatile() };
        if flags & FLAG_TX_FULL == 0 {
            break;
        }
        spindle_sync::this_core::relax();
    }
    // SAFETY: `base` is a mapped PL011; a write to the data register sends a byte and has no other effect.
    unsafe { ((base + DATA_OFFSET) as *mut u32).write_volatile(u32::from(byte)) };
}

/// The early console as a [`core::fmt::Write`].
#[derive(Debug, Clone, Copy)]
pub struct Early;

impl core::fmt::Write for Early {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        write(text);
        Ok(())
    }
}

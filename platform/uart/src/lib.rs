//! The serial port: an Arm PL011, over `arm-pl011-uart`.
//!
//! [`Pl011::take_over`] turns a region of device memory into a running port; then bytes are written (polled) and received bytes
//! drained, either when asked or after the receive interrupt. It knows neither who owns the console nor what the bytes mean, and
//! it takes no lock: whoever shares it does.
//!
//! # What a board must have done
//! Pins, clock and speed are the firmware's. On QEMU none of them matters. On a Raspberry Pi 4 the port must be the primary
//! UART: `enable_uart=1` and `dtoverlay=disable-bt` in `config.txt`, and `init_uart_clock=48000000` for the 48 MHz that the
//! speed is computed from when the firmware left none. Without firmware help that would be: GPIO 14 and 15 to ALT0 (`GPFSEL1`,
//! 0xfe20_0004, bits 17:12 = 0b100100), their pulls off (`GPIO_PUP_PDN_CNTRL_REG0`, 0xfe20_00e4, bits 31:28 = 0), the clock set
//! through mailbox property 0x38002, clock 2. No board-level code of ours does that.
//!
//! Source: Arm DDI 0183G (PL011 technical reference manual); BCM2711 ARM Peripherals, chapters 5 (GPIO) and 11 (UART).
#![no_std]

mod error;
mod pl011;

pub use error::UartError;
pub use pl011::{Pl011, Received};

//! What the serial port's driver refuses.

use core::fmt;

use arm_pl011_uart::Identification;

/// Why a region did not become a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UartError {
    /// The region is shorter than the registers that are used.
    RegionTooShort {
        /// Its length.
        len_bytes: usize,
        /// What is needed.
        needed_bytes: usize,
    },
    /// The region does not start at a multiple of four.
    RegionMisaligned {
        /// Its mapped address.
        address: usize,
    },
    /// What is there says that it is something else.
    NotPl011(Identification),
    /// No divisor gives the speed.
    BadSpeed {
        /// Divisor of the clock by 16 times the speed, in 64ths.
        divisor_64ths: u32,
    },
}

impl fmt::Display for UartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RegionTooShort { len_bytes, needed_bytes } => {
                write!(f, "serial port has {len_bytes:#x} bytes of registers, {needed_bytes:#x} are needed")
            }
            Self::RegionMisaligned { address } => write!(f, "serial port's registers start at {address:#x}"),
            Self::NotPl011(found) => {
                write!(f, "part {:#x} of designer {:#x} is no PL011", found.part_number, found.designer)
            }
            Self::BadSpeed { divisor_64ths } => write!(f, "no speed from divisor {divisor_64ths}/64"),
        }
    }
}

impl core::error::Error for UartError {}

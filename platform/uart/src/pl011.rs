//! The PL011 at work.

use core::ptr::NonNull;

use arm_pl011_uart::{
    DataBits, Error, FifoLevel, Interrupts, LineConfig, PL011Registers, Parity, StopBits, Uart,
};
use safe_mmio::UniqueMmioPointer;
use safe_mmio::fields::ReadPure;
use spindle_machine::mmio::DeviceRegion;
use spindle_sync::this_core;

use crate::error::UartError;

/// Up to and with UARTICR, the last register that is used. Boards name as little as 0x200 bytes.
const NEEDED_BYTES: usize = 0x48;
/// The whole register map, with the identification at its end.
const WHOLE_BYTES: usize = 0x1000;
/// UARTIBRD and UARTFBRD, as words.
const SPEED: [usize; 2] = [0x24 / 4, 0x28 / 4];
/// 115200 baud from 48 MHz: 48 000 000 / (16 * 115 200) in 64ths (DDI 0183G, 3.3.6).
const DEFAULT_DIVISOR_64THS: u32 = 1667;
/// Eight data bits, no parity, one stop bit.
const LINE: LineConfig =
    LineConfig { data_bits: DataBits::Bits8, parity: Parity::None, stop_bits: StopBits::One };
/// How often the transmitter is asked whether it is done before it is taken for stuck. A full FIFO at 9600 baud drains within
/// 35 ms; a look costs 100 ns or more.
const PATIENCE: u32 = 1_000_000;

/// What the line brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A byte.
    Byte(u8),
    /// The line was held down: a break.
    Break,
    /// Bytes were lost: the FIFO was full.
    Overrun,
    /// A byte that parity or stop bit show to be damaged.
    Damaged,
}

/// A running serial port.
pub struct Pl011 {
    uart: Uart<'static>,
}

impl Pl011 {
    /// Takes the port over from the firmware: 8 data bits, no parity, 1 stop bit, FIFOs on, all interrupts masked, at the speed
    /// that the firmware left (115200 from a clock of 48 MHz when it left none). What was being sent is sent; what was received
    /// before is lost.
    ///
    /// # Errors
    /// [`UartError::RegionTooShort`], [`UartError::RegionMisaligned`]; [`UartError::NotPl011`] where the region is long enough to
    /// hold the identification; [`UartError::BadSpeed`] when the divisor left is out of range.
    ///
    /// # Context
    /// Not in interrupt context: waits for the transmitter.
    pub fn take_over(region: DeviceRegion) -> Result<Self, UartError> {
        let len_bytes = region.len_bytes();
        if len_bytes < NEEDED_BYTES {
            return Err(UartError::RegionTooShort { len_bytes, needed_bytes: NEEDED_BYTES });
        }
        let registers = region.base().cast::<PL011Registers>();
        if !registers.is_aligned() {
            return Err(UartError::RegionMisaligned { address: registers.addr().get() });
        }
        let divisor_64ths = divisor_64ths(registers);
        let mut uart = Uart::new(pointer(registers));
        if len_bytes >= WHOLE_BYTES {
            let identification = uart.read_identification();
            if !identification.is_valid() {
                return Err(UartError::NotPl011(identification));
            }
        }
        wait_while_busy(&uart);
        // With a speed of 4 the driver's computation, clock / (16 * speed), gives the divisor back as it is.
        uart.enable(LINE, 4, divisor_64ths).map_err(|_| UartError::BadSpeed { divisor_64ths })?;
        uart.set_interrupt_masks(Interrupts::empty());
        uart.clear_interrupts(Interrupts::all());
        Ok(Self { uart })
    }

    /// Sends bytes as they are, waiting for room; returns when the last is in the FIFO.
    ///
    /// # Context
    /// Any; waits as long as the line takes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            while self.uart.is_tx_fifo_full() {
                this_core::relax();
            }
            self.uart.write_word(*byte);
        }
    }

    /// Waits until all is sent, or until the transmitter proves stuck.
    ///
    /// # Context
    /// Any; waits as long as the line takes.
    pub fn flush(&mut self) {
        wait_while_busy(&self.uart);
    }

    /// Lets received bytes interrupt: at an eighth of the FIFO, or when the line pauses. Bytes that came before do not; call
    /// [`drain`](Self::drain) once afterwards.
    pub fn enable_receive_interrupt(&mut self) {
        self.uart.set_interrupt_fifo_levels(FifoLevel::Bytes4, FifoLevel::Bytes16);
        self.uart.clear_interrupts(receive_interrupts());
        self.uart.set_interrupt_masks(Interrupts::RXI | Interrupts::RTI);
    }

    /// Masks the receive interrupt.
    pub fn disable_receive_interrupt(&mut self) {
        self.uart.set_interrupt_masks(Interrupts::empty());
    }

    /// Hands all that was received to `take`; returns how often. Never waits.
    ///
    /// The interrupt is cleared first and the FIFO emptied then: the other way round a byte that arrives in between is cleared
    /// away unseen and its FIFO, never empty again, never interrupts again.
    ///
    /// # Context
    /// Any.
    pub fn drain(&mut self, mut take: impl FnMut(Received)) -> usize {
        self.uart.clear_interrupts(receive_interrupts());
        let mut count = 0;
        loop {
            let received = match self.uart.read_word() {
                Ok(None) => return count,
                Ok(Some(byte)) => Received::Byte(byte),
                Err(Error::Break) => Received::Break,
                Err(Error::Overrun) => Received::Overrun,
                Err(_) => Received::Damaged,
            };
            take(received);
            count += 1;
        }
    }
}

/// All interrupts that received bytes, good or bad, can cause.
fn receive_interrupts() -> Interrupts {
    Interrupts::RXI | Interrupts::RTI | Interrupts::OEI | Interrupts::BEI | Interrupts::PEI | Interrupts::FEI
}

fn wait_while_busy(uart: &Uart<'_>) {
    for _ in 0..PATIENCE {
        if !uart.is_busy() {
            return;
        }
        this_core::relax();
    }
}

/// The divisor that the firmware left, or the default.
fn divisor_64ths(registers: NonNull<PL011Registers>) -> u32 {
    let mut words = pointer(registers.cast::<[ReadPure<u32>; NEEDED_BYTES / 4]>());
    let [integer, fraction] = SPEED.map(|word| words.get(word).map_or(0, |register| register.read()));
    match integer & 0xffff {
        0 => DEFAULT_DIVISOR_64THS,
        integer => integer * 64 + (fraction & 0x3f),
    }
}

/// Where the address becomes a device.
#[expect(unsafe_code, reason = "an address becomes a device here")]
fn pointer<T>(registers: NonNull<T>) -> UniqueMmioPointer<'static, T> {
    // SAFETY: `take_over`, the only user, consumed a region of device memory that is mapped for ever, belongs to nobody else and
    // holds, aligned, every register that is accessed; the map ends beyond a short region, but there only the identification is,
    // which is then not read. The pointer to read the speed is gone before the driver's is made.
    unsafe { UniqueMmioPointer::new(registers) }
}

#[cfg(test)]
mod tests;

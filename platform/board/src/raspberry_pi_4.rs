//! The description of a Raspberry Pi 4 that the image carries.
//!
//! A real Pi's firmware always passes a tree. QEMU's `raspi4b` passes none unless told to (x0 is 0x100 then, an ATAG list's
//! address), so this describes what QEMU emulates: four cores, 960 MiB of RAM below the GPU's share, no PSCI. The boot archive
//! lies where QEMU loads `-initrd` for it, and only its own magic can tell whether it is there.
//!
//! Source: BCM2711 ARM Peripherals, sections 1.2 (addresses, low peripheral mode) and 6.2 (interrupts: UART 0 is VideoCore
//! interrupt 57, thus SPI 121); QEMU 10.0 `hw/arm/raspi4b.c`, `hw/arm/bcm2838.c` and `hw/arm/boot.c` (load addresses).

use arrayvec::{ArrayString, ArrayVec};

use crate::description::{
    AddressRange, Board, Console, Core, Initrd, Interrupt, InterruptController, PowerOff, StartMethod,
    Trigger,
};

/// RAM below the GPU's share.
const MEMORY: AddressRange = AddressRange { start: 0, end: 0x3c00_0000 };
/// Firmware stub and spin tables.
const FIRMWARE: AddressRange = AddressRange { start: 0, end: 0x1000 };
/// UART 0, a PL011.
const UART: AddressRange = AddressRange { start: 0xfe20_1000, end: 0xfe20_1200 };
/// GICD of the GIC-400.
const DISTRIBUTOR: AddressRange = AddressRange { start: 0xff84_1000, end: 0xff84_2000 };
/// GICC of the GIC-400.
const CPU_INTERFACE: AddressRange = AddressRange { start: 0xff84_2000, end: 0xff84_4000 };
/// The power manager with the watchdog.
const WATCHDOG: AddressRange = AddressRange { start: 0xfe10_0000, end: 0xfe10_0114 };
/// Where QEMU puts the boot archive, and the most that is searched for.
const INITRD: Initrd = Initrd::Probe { address: 0x0800_0000, max_len_bytes: 64 << 20 };
/// The first core's spin table word; the next core's follow it.
const SPIN_TABLE: u64 = 0xd8;
/// Bytes of a spin table word.
const SPIN_TABLE_STEP: u64 = 8;
/// Cores.
const CORES: u64 = 4;

/// The Raspberry Pi 4 as QEMU's `raspi4b` emulates it without a tree.
#[must_use]
pub fn raspberry_pi_4() -> Board {
    Board {
        model: ArrayString::from("Raspberry Pi 4 Model B (no device tree)").unwrap_or_default(),
        memory: ArrayVec::from_iter([MEMORY]),
        reserved: ArrayVec::from_iter([FIRMWARE]),
        cores: (0..CORES)
            .map(|mpidr| Core {
                mpidr,
                start: StartMethod::SpinTable { release_address: SPIN_TABLE + SPIN_TABLE_STEP * mpidr },
            })
            .collect(),
        cores_left_out: 0,
        psci: None,
        interrupt_controller: InterruptController::V2 {
            distributor: DISTRIBUTOR,
            cpu_interface: CPU_INTERFACE,
        },
        virtual_timer: Interrupt { int_id: 27, trigger: Trigger::Level },
        console: Console { registers: UART, interrupt: Interrupt { int_id: 153, trigger: Trigger::Level } },
        boot_arguments: ArrayString::new(),
        initrd: INITRD,
        power_off: PowerOff { psci: None, watchdog: Some(WATCHDOG), semihosting: true },
        device_tree_bytes: 0,
    }
}

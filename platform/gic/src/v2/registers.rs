//! GICv2's registers, typed by what access does.
//!
//! Registers whose written ones act are write-only here although the hardware lets them be read: read, change and write back would
//! act on every interrupt of the word. Priorities and targets are bytes, for one interrupt each (IHI 0048B, 4.1.4 allows byte
//! access to both).
//!
//! Source: IHI 0048B, tables 4-1 and 4-2, sections 4.3 and 4.4.

use tock_registers::registers::{ReadOnly, ReadWrite, WriteOnly};
use tock_registers::{register_bitfields, register_structs};

register_bitfields![u32,
    /// GICD_CTLR as its one bit of use is placed in both views: EnableGrp1 of the non-secure copy, EnableGrp0 otherwise.
    pub(crate) DistributorControl [
        ENABLE OFFSET(0) NUMBITS(1) []
    ],
    pub(crate) Type [
        LINES OFFSET(0) NUMBITS(5) [],
        SECURITY_EXTENSIONS OFFSET(10) NUMBITS(1) []
    ],
    pub(crate) PeripheralId2 [
        ARCHITECTURE OFFSET(4) NUMBITS(4) []
    ],
    pub(crate) Sgi [
        NUMBER OFFSET(0) NUMBITS(4) [],
        TARGETS OFFSET(16) NUMBITS(8) [],
        FILTER OFFSET(24) NUMBITS(2) [
            Listed = 0,
            AllOthers = 1
        ]
    ],
    /// GICC_CTLR: again the same bits in both views, EOImodeNS of the non-secure copy standing where EOImodeS does otherwise.
    pub(crate) InterfaceControl [
        ENABLE OFFSET(0) NUMBITS(1) [],
        BYPASS OFFSET(5) NUMBITS(4) [],
        SPLIT_END OFFSET(9) NUMBITS(1) []
    ]
];

register_structs! {
    /// GICD.
    pub(crate) Distributor {
        (0x000 => pub(crate) control: ReadWrite<u32, DistributorControl::Register>),
        (0x004 => pub(crate) kind: ReadOnly<u32, Type::Register>),
        (0x008 => _implementer),
        (0x080 => pub(crate) group: [WriteOnly<u32>; 32]),
        (0x100 => pub(crate) set_enable: [WriteOnly<u32>; 32]),
        (0x180 => pub(crate) clear_enable: [WriteOnly<u32>; 32]),
        (0x200 => _set_pending),
        (0x280 => pub(crate) clear_pending: [WriteOnly<u32>; 32]),
        (0x300 => _set_active),
        (0x380 => pub(crate) clear_active: [WriteOnly<u32>; 32]),
        (0x400 => pub(crate) priority: [ReadWrite<u8>; 1024]),
        (0x800 => pub(crate) targets: [ReadWrite<u8>; 1024]),
        (0xc00 => pub(crate) configuration: [ReadWrite<u32>; 64]),
        (0xd00 => _status),
        (0xf00 => pub(crate) sgi: WriteOnly<u32, Sgi::Register>),
        (0xf04 => _sgi_pending),
        (0xfe8 => pub(crate) peripheral_id2: ReadOnly<u32, PeripheralId2::Register>),
        (0xfec => _identification),
        (0x1000 => @END),
    },

    /// GICC. Each core reaches its own at the same address.
    pub(crate) Interface {
        (0x0000 => pub(crate) control: ReadWrite<u32, InterfaceControl::Register>),
        (0x0004 => pub(crate) priority_mask: ReadWrite<u32>),
        (0x0008 => pub(crate) binary_point: ReadWrite<u32>),
        // GICC_IAR is read-only, but reading changes the device, and a shared reference to tock's `ReadOnly` would tell the
        // compiler that it does not.
        (0x000c => pub(crate) acknowledge: ReadWrite<u32>),
        (0x0010 => pub(crate) end: WriteOnly<u32>),
        (0x0014 => _running),
        (0x00d0 => pub(crate) active_priorities: [ReadWrite<u32>; 4]),
        (0x00e0 => _identification),
        (0x1000 => pub(crate) deactivate: WriteOnly<u32>),
        (0x1004 => @END),
    }
}

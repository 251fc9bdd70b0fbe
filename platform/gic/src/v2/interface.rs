//! GICC: each core's own, at one address for all.

use spindle_machine::mmio::DeviceRegion;
use tock_registers::interfaces::{Readable, Writeable};

use super::registers::{self, InterfaceControl};
use crate::acknowledged::Acknowledged;
use crate::barrier;
use crate::error::GicError;
use crate::priority::Priority;
use crate::registers::Registers;

/// The CPU interface of whichever core calls.
#[derive(Clone, Copy)]
pub(crate) struct Interface {
    registers: Registers<registers::Interface>,
}

impl Interface {
    pub(crate) fn new(region: DeviceRegion) -> Result<Self, GicError> {
        Registers::new(region, "GICC").map(|registers| Self { registers })
    }

    /// Sets up the calling core's: signals every priority but the lowest, ends interrupts in two steps. What firmware decided
    /// about bypassing the controller stays.
    pub(crate) fn init_core(&self) {
        let gicc = &*self.registers;
        for word in &gicc.active_priorities {
            word.set(0);
        }
        gicc.priority_mask.set(u32::from(Priority::MASK.bits()));
        gicc.binary_point.set(0);
        let bypass = InterfaceControl::BYPASS.val(gicc.control.read(InterfaceControl::BYPASS));
        gicc.control.write(InterfaceControl::ENABLE::SET + InterfaceControl::SPLIT_END::SET + bypass);
    }

    #[inline(always)]
    pub(crate) fn acknowledge(&self) -> Option<Acknowledged> {
        let raw = self.registers.acknowledge.get();
        barrier::acknowledge_is_done();
        Acknowledged::from_v2(raw)
    }

    #[inline(always)]
    pub(crate) fn drop_priority(&self, acknowledged: &Acknowledged) {
        self.registers.end.set(acknowledged.raw());
    }

    #[inline(always)]
    pub(crate) fn deactivate(&self, acknowledged: &Acknowledged) {
        self.registers.deactivate.set(acknowledged.raw());
    }
}

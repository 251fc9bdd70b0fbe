//! The CPU interface: system registers, each core its own.

use arm_gic::InterruptGroup;
use arm_gic::gicv3::GicCpuInterface;
use arm_sysregs::el1::accessors::{
    read_icc_sre_el1, write_icc_ctlr_el1, write_icc_dir_el1, write_icc_eoir1_el1,
};
use arm_sysregs::el1::registers::{IccCtlrEl1, IccDirEl1, IccEoir1El1, IccSreEl1};

use crate::acknowledged::Acknowledged;
use crate::barrier;
use crate::error::GicError;
use crate::priority::Priority;

/// The CPU interface of one core, and which redistributor is that core's.
#[derive(Clone, Copy)]
pub(crate) struct Interface {
    position: usize,
}

impl Interface {
    pub(crate) const fn new(position: usize) -> Self {
        Self { position }
    }

    /// Position of the core's redistributor.
    pub(crate) const fn position(self) -> usize {
        self.position
    }

    /// Sets up the calling core's: signals every priority but the lowest, ends interrupts in two steps.
    pub(crate) fn init_core(self) -> Result<(), GicError> {
        GicCpuInterface::enable_system_register_el1();
        barrier::system_registers_are_written();
        if !read_icc_sre_el1().contains(IccSreEl1::SRE) {
            return Err(GicError::NoSystemRegisters);
        }
        write_icc_ctlr_el1(IccCtlrEl1::EOIMODE);
        GicCpuInterface::set_priority_mask(Priority::MASK.bits());
        GicCpuInterface::enable_group1(true);
        barrier::system_registers_are_written();
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn acknowledge(self) -> Option<Acknowledged> {
        let int_id = GicCpuInterface::get_and_acknowledge_interrupt(InterruptGroup::Group1);
        barrier::acknowledge_is_done();
        int_id.and_then(Acknowledged::from_v3)
    }

    #[inline(always)]
    pub(crate) fn drop_priority(self, acknowledged: &Acknowledged) {
        // As `deactivate`, and not inside the controller's crate, which does it by calls.
        write_icc_eoir1_el1(IccEoir1El1::from_bits_retain(u64::from(acknowledged.raw())));
        barrier::system_registers_are_written();
    }

    #[inline(always)]
    pub(crate) fn deactivate(self, acknowledged: &Acknowledged) {
        write_icc_dir_el1(IccDirEl1::from_bits_retain(u64::from(acknowledged.raw())));
        barrier::system_registers_are_written();
    }
}

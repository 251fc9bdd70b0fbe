//! GICD and GICR: what all cores share, and each core's private interrupts.

use core::sync::atomic::{AtomicU64, Ordering};

use arm_gic::gicv3::registers::{Gicd, GicdCtlr};
use arm_gic::gicv3::{GicDistributor, GicRedistributor};
use arm_gic::{IntId, Trigger, gicv3};
use arm_sysregs::el1::accessors::write_icc_sgi1r_el1;
use arm_sysregs::el1::registers::IccSgi1rEl1;
use spindle_machine::mmio::DeviceRegion;
use spindle_sync::{Lock, MAX_CORES};

use super::frames::{self, Redistributors};
use super::interface::Interface;
use crate::barrier;
use crate::error::GicError;
use crate::priority::Priority;
use crate::registers;

/// GICD_PIDR2.ArchRev of what we drive.
const ARCHITECTURES: core::ops::RangeInclusive<u8> = 3..=4;
/// Private interrupts come before the shared ones.
const PRIVATE: u32 = 32;
/// Cores of one cluster that a target list can name.
const LISTED_CORES: u64 = 16;
/// ICC_SGI1R_EL1.INTID, and IRM: all but the sender (IHI 0069H, 12.2.19).
const SGI_NUMBER: u32 = 24;
const ALL_OTHERS: u64 = 1 << 40;
/// What stands for the affinity of a core that has not set up; no affinity has these bits.
const UNKNOWN: u64 = u64::MAX;

/// The controller, shared by all cores.
pub(crate) struct V3 {
    distributor: Lock<GicDistributor<'static>>,
    lines: u32,
    redistributors: Redistributors,
    /// By core: its affinity, [`UNKNOWN`] until it has set up.
    affinities: [AtomicU64; MAX_CORES],
    /// By core: what names it in ICC_SGI1R_EL1 (IHI 0069H, 12.2.19); zero until it has set up. Kept, since it is sent to again and again.
    targets: [AtomicU64; MAX_CORES],
}

impl V3 {
    /// Takes the controller over with every shared interrupt off.
    pub(crate) fn new(
        mut distributor: DeviceRegion,
        regions: impl IntoIterator<Item = DeviceRegion>,
    ) -> Result<Self, GicError> {
        let registers = registers::unique::<Gicd>(&mut distributor, 0, "GICD")?;
        let mut distributor = GicDistributor::new(registers);
        let found = distributor.pidr2().arch_rev();
        if !ARCHITECTURES.contains(&found) {
            return Err(GicError::WrongVersion { found });
        }
        let lines = PRIVATE + distributor.typer().num_spis();
        // Affinity routing may change only while all groups are off (IHI 0069H, 12.9.4).
        let groups = GicdCtlr::EnableGrp0 | GicdCtlr::EnableGrp1NS | GicdCtlr::EnableGrp1S;
        distributor.modify_control(groups, false);
        distributor.enable_all_interrupts(false);
        distributor.wait_for_pending_write();
        distributor.configure_default_settings();
        Ok(Self {
            distributor: Lock::new(distributor),
            lines,
            redistributors: frames::find(regions)?,
            affinities: [const { AtomicU64::new(UNKNOWN) }; MAX_CORES],
            targets: [const { AtomicU64::new(0) }; MAX_CORES],
        })
    }

    /// Sets up what belongs to the calling core: its private interrupts, all off, and its CPU interface.
    pub(crate) fn init_core(&self, core: usize, mpidr: u64) -> Result<Interface, GicError> {
        let slot = self.affinities.get(core).ok_or(GicError::CoreBeyondLimit { core, limit: MAX_CORES })?;
        if mpidr & 0xff >= LISTED_CORES {
            return Err(GicError::AffinityBeyondReach { mpidr });
        }
        let position = self
            .redistributors
            .iter()
            .position(|redistributor| redistributor.mpidr == mpidr)
            .ok_or(GicError::NoRedistributor { mpidr })?;
        let interface = Interface::new(position);
        self.with_own(interface, |redistributor| {
            redistributor.power_on();
            // It may be awake already; then there is nothing to do.
            let _ = redistributor.mark_core_awake();
            redistributor.configure_default_settings();
        });
        interface.init_core()?;
        slot.store(mpidr, Ordering::Release);
        // Release: the core is set up before anybody sends to it.
        self.targets[core].store(target(mpidr), Ordering::Release);
        Ok(interface)
    }

    /// Switches an interrupt on; a private one on the core of `interface`.
    pub(crate) fn enable(&self, interface: Interface, int_id: IntId) -> Result<(), GicError> {
        self.change(
            interface,
            int_id,
            |redistributor| redistributor.enable_interrupt(int_id, true),
            |distributor| distributor.enable_interrupt(int_id, true),
        )
    }

    /// Switches an interrupt off, and waits until that holds; a private one on the core of `interface`.
    pub(crate) fn disable(&self, interface: Interface, int_id: IntId) -> Result<(), GicError> {
        self.change(
            interface,
            int_id,
            |redistributor| {
                redistributor.enable_interrupt(int_id, false)?;
                redistributor.wait_for_pending_write();
                Ok(())
            },
            |distributor| {
                distributor.enable_interrupt(int_id, false)?;
                distributor.wait_for_pending_write();
                Ok(())
            },
        )
    }

    /// Sets the priority of one interrupt.
    pub(crate) fn set_priority(
        &self,
        interface: Interface,
        int_id: IntId,
        priority: Priority,
    ) -> Result<(), GicError> {
        self.change(
            interface,
            int_id,
            |redistributor| redistributor.set_interrupt_priority(int_id, priority.bits()),
            |distributor| distributor.set_interrupt_priority(int_id, priority.bits()),
        )
    }

    /// Switches the interrupt off and sets its trigger.
    pub(crate) fn set_trigger(
        &self,
        interface: Interface,
        int_id: IntId,
        trigger: Trigger,
    ) -> Result<(), GicError> {
        if int_id.is_sgi() {
            return Err(GicError::FixedTrigger(int_id));
        }
        self.disable(interface, int_id)?;
        self.change(
            interface,
            int_id,
            |redistributor| redistributor.set_trigger(int_id, trigger),
            |distributor| distributor.set_trigger(int_id, trigger),
        )
    }

    /// Sends a shared interrupt to `core`.
    pub(crate) fn route(&self, int_id: IntId, core: usize) -> Result<(), GicError> {
        if !int_id.is_spi() {
            return Err(GicError::NotShared(int_id));
        }
        let affinity = self.affinity(core)?;
        self.check(int_id)?;
        self.distributor
            .lock()
            .set_routing(int_id, Some(affinity))
            .map_err(|_| GicError::NoSuchInterrupt { int_id, lines: self.lines })
    }

    /// Sends an SGI to `core`.
    #[inline]
    pub(crate) fn send_to(&self, int_id: IntId, core: usize) -> Result<(), GicError> {
        let target = self.targets.get(core).ok_or(GicError::CoreBeyondLimit { core, limit: MAX_CORES })?;
        // Acquire: pairs with the release of `init_core`.
        match target.load(Ordering::Acquire) {
            0 => Err(GicError::CoreNotInitialised { core }),
            target => send(int_id, target),
        }
    }

    /// Sends an SGI to every core but the calling one.
    #[inline]
    pub(crate) fn send_to_all_others(&self, int_id: IntId) -> Result<(), GicError> {
        send(int_id, ALL_OTHERS)
    }

    #[inline]
    fn affinity(&self, core: usize) -> Result<u64, GicError> {
        let slot = self.affinities.get(core).ok_or(GicError::CoreBeyondLimit { core, limit: MAX_CORES })?;
        match slot.load(Ordering::Acquire) {
            UNKNOWN => Err(GicError::CoreNotInitialised { core }),
            affinity => Ok(affinity),
        }
    }

    /// Changes a private interrupt in the redistributor of `interface`, a shared one in the distributor.
    fn change(
        &self,
        interface: Interface,
        int_id: IntId,
        private: impl FnOnce(&mut GicRedistributor<'static>) -> Result<(), gicv3::GicError>,
        shared: impl FnOnce(&mut GicDistributor<'static>) -> Result<(), gicv3::GicError>,
    ) -> Result<(), GicError> {
        self.check(int_id)?;
        let changed = if int_id.is_private() {
            self.with_own(interface, private)
        } else {
            Some(shared(&mut self.distributor.lock()))
        };
        match changed {
            Some(Ok(())) => Ok(()),
            _ => Err(GicError::NoSuchInterrupt { int_id, lines: self.lines }),
        }
    }

    fn with_own<U>(
        &self,
        interface: Interface,
        act: impl FnOnce(&mut GicRedistributor<'static>) -> U,
    ) -> Option<U> {
        self.redistributors.get(interface.position()).map(|own| act(&mut own.frames.lock()))
    }

    fn check(&self, int_id: IntId) -> Result<(), GicError> {
        if int_id.raw_value() < self.lines {
            Ok(())
        } else {
            Err(GicError::NoSuchInterrupt { int_id, lines: self.lines })
        }
    }
}

/// What names the core of that affinity: affinity fields 3 to 1 from bit 48, 32 and 16 on, and a list of cores by field 0.
const fn target(affinity: u64) -> u64 {
    let [aff0, aff1, aff2, _, aff3, ..] = affinity.to_le_bytes();
    (aff3 as u64) << 48 | (aff2 as u64) << 32 | (aff1 as u64) << 16 | 1 << (aff0 & 0xf)
}

/// Not inside the controller's crate, which does it by calls.
#[inline]
fn send(int_id: IntId, target: u64) -> Result<(), GicError> {
    if !int_id.is_sgi() {
        return Err(GicError::NotSoftwareGenerated(int_id));
    }
    barrier::stores_are_visible();
    let number = u64::from(int_id.raw_value()) << SGI_NUMBER;
    write_icc_sgi1r_el1(IccSgi1rEl1::from_bits_retain(target | number));
    barrier::system_registers_are_written();
    Ok(())
}

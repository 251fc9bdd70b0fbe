//! GICD: what all cores share, and each core's banked part of it (interrupts 0 to 31).

use core::sync::atomic::{AtomicU8, Ordering};

use arm_gic::{IntId, Trigger};
use spindle_machine::mmio::DeviceRegion;
use spindle_sync::Lock;
use tock_registers::interfaces::{Readable, Writeable};

use super::interface::Interface;
use super::registers::{Distributor, DistributorControl, PeripheralId2, Sgi, Type};
use crate::barrier;
use crate::error::GicError;
use crate::priority::Priority;
use crate::registers::Registers;

/// A GICv2 has eight CPU interfaces at most.
pub(crate) const MAX_CORES: usize = 8;
/// GICD_PIDR2.ArchRev of a GICv2.
const ARCHITECTURE: u32 = 2;
/// Interrupts with registers of their own per core.
const BANKED: u32 = 32;
/// All interrupts of a word, for registers whose ones act.
const ALL: u32 = u32::MAX;

/// The controller, shared by all cores.
pub(crate) struct V2 {
    distributor: Registers<Distributor>,
    interface: Interface,
    lines: u32,
    /// Triggers are the only thing that is read, changed and written back.
    triggers: Lock<()>,
    /// By core: the bit of its CPU interface, which is not the core's number; 0 until it has set up.
    targets: [AtomicU8; MAX_CORES],
}

impl V2 {
    /// Takes the controller over with every shared interrupt off and routed nowhere.
    pub(crate) fn new(distributor: DeviceRegion, cpu_interface: DeviceRegion) -> Result<Self, GicError> {
        let distributor = Registers::<Distributor>::new(distributor, "GICD")?;
        let interface = Interface::new(cpu_interface)?;
        let found = distributor.peripheral_id2.read(PeripheralId2::ARCHITECTURE);
        if found != ARCHITECTURE {
            return Err(GicError::WrongVersion { found: found as u8 });
        }
        let lines = (BANKED * (distributor.kind.read(Type::LINES) + 1)).min(1020);
        let gic =
            Self { distributor, interface, lines, triggers: Lock::new(()), targets: Default::default() };
        gic.reset_shared();
        Ok(gic)
    }

    fn reset_shared(&self) {
        let gicd = &*self.distributor;
        gicd.control.set(0);
        for word in 1..self.lines.div_ceil(BANKED) as usize {
            gicd.clear_enable[word].set(ALL);
            gicd.clear_pending[word].set(ALL);
            gicd.clear_active[word].set(ALL);
            gicd.group[word].set(0);
            gicd.configuration[2 * word].set(0);
            gicd.configuration[2 * word + 1].set(0);
        }
        for line in BANKED as usize..self.lines as usize {
            gicd.priority[line].set(Priority::NORMAL.bits());
            gicd.targets[line].set(0);
        }
        gicd.control.write(DistributorControl::ENABLE::SET);
    }

    /// Sets up what belongs to the calling core: its private interrupts, all off, and its CPU interface.
    pub(crate) fn init_core(&self, core: usize) -> Result<Interface, GicError> {
        let slot = self.targets.get(core).ok_or(GicError::CoreBeyondLimit { core, limit: MAX_CORES })?;
        let gicd = &*self.distributor;
        gicd.clear_enable[0].set(ALL);
        gicd.clear_pending[0].set(ALL);
        gicd.clear_active[0].set(ALL);
        gicd.group[0].set(0);
        for line in 0..BANKED as usize {
            gicd.priority[line].set(Priority::NORMAL.bits());
        }
        self.interface.init_core();
        slot.store(self.own_target(), Ordering::Release);
        Ok(self.interface)
    }

    /// The calling core's CPU interface as a bit: every banked target byte reads as that (IHI 0048B, 4.3.12), except on a
    /// controller for one core, which needs no targets and reads as zero.
    fn own_target(&self) -> u8 {
        let banked = &self.distributor.targets[..BANKED as usize];
        banked.iter().map(Readable::get).find(|target| *target != 0).unwrap_or(1)
    }

    /// Switches an interrupt on; a private one on the calling core.
    pub(crate) fn enable(&self, int_id: IntId) -> Result<(), GicError> {
        let line = self.line(int_id)?;
        self.distributor.set_enable[line / 32].set(1 << (line % 32));
        Ok(())
    }

    /// Switches an interrupt off; a private one on the calling core.
    pub(crate) fn disable(&self, int_id: IntId) -> Result<(), GicError> {
        let line = self.line(int_id)?;
        self.distributor.clear_enable[line / 32].set(1 << (line % 32));
        Ok(())
    }

    /// Sets the priority of one interrupt and of no other.
    pub(crate) fn set_priority(&self, int_id: IntId, priority: Priority) -> Result<(), GicError> {
        self.distributor.priority[self.line(int_id)?].set(priority.bits());
        Ok(())
    }

    /// Switches the interrupt off and sets its trigger: bit 1 of two bits per interrupt (IHI 0048B, 4.3.13).
    pub(crate) fn set_trigger(&self, int_id: IntId, trigger: Trigger) -> Result<(), GicError> {
        if int_id.is_sgi() {
            return Err(GicError::FixedTrigger(int_id));
        }
        self.disable(int_id)?;
        let line = self.line(int_id)?;
        let edge = 2 << (2 * (line % 16));
        let register = &self.distributor.configuration[line / 16];
        let _locked = self.triggers.lock();
        register.set(match trigger {
            Trigger::Edge => register.get() | edge,
            Trigger::Level => register.get() & !edge,
        });
        Ok(())
    }

    /// Sends a shared interrupt to `core`.
    pub(crate) fn route(&self, int_id: IntId, core: usize) -> Result<(), GicError> {
        if !int_id.is_spi() {
            return Err(GicError::NotShared(int_id));
        }
        self.distributor.targets[self.line(int_id)?].set(self.target(core)?);
        Ok(())
    }

    /// Sends an SGI to `core`.
    #[inline]
    pub(crate) fn send_to(&self, int_id: IntId, core: usize) -> Result<(), GicError> {
        let number = int_id.sgi_index().ok_or(GicError::NotSoftwareGenerated(int_id))?;
        let target = self.target(core)?;
        barrier::stores_are_visible();
        self.distributor.sgi.write(Sgi::NUMBER.val(number) + Sgi::TARGETS.val(u32::from(target)));
        Ok(())
    }

    /// Sends an SGI to every core but the calling one.
    #[inline]
    pub(crate) fn send_to_all_others(&self, int_id: IntId) -> Result<(), GicError> {
        let number = int_id.sgi_index().ok_or(GicError::NotSoftwareGenerated(int_id))?;
        barrier::stores_are_visible();
        self.distributor.sgi.write(Sgi::NUMBER.val(number) + Sgi::FILTER::AllOthers);
        Ok(())
    }

    #[inline]
    fn target(&self, core: usize) -> Result<u8, GicError> {
        let slot = self.targets.get(core).ok_or(GicError::CoreBeyondLimit { core, limit: MAX_CORES })?;
        match slot.load(Ordering::Acquire) {
            0 => Err(GicError::CoreNotInitialised { core }),
            target => Ok(target),
        }
    }

    /// The interrupt's index into the registers.
    fn line(&self, int_id: IntId) -> Result<usize, GicError> {
        let line = int_id.raw_value();
        if line < self.lines {
            Ok(line as usize)
        } else {
            Err(GicError::NoSuchInterrupt { int_id, lines: self.lines })
        }
    }
}

//! GICv3 on memory that plays its register blocks, with variables for system registers. Those variables are the process's, so
//! each test holds [`TURN`].

use std::boxed::Box;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arm_gic::{IntId, Trigger};
use arm_sysregs::el1::fake::SYSREGS;
use arm_sysregs::el1::registers::{IccCtlrEl1, IccIar1El1};

use crate::device::Device;
use crate::{CpuInterface, Gic, GicError, Priority, SgiTarget, Version};

static TURN: Mutex<()> = Mutex::new(());

const GICD_TYPER: usize = 0x0004;
const GICD_ISENABLER: usize = 0x0100;
const GICD_IPRIORITYR: usize = 0x0400;
const GICD_ICFGR: usize = 0x0c00;
const GICD_IROUTER: usize = 0x6000;
const GICD_PIDR2: usize = 0xffe8;
const GICR_TYPER: usize = 0x0008;
const GICR_AFFINITY: usize = 0x000c;
const GICR_PIDR2: usize = 0xffe8;
const SGI_ISENABLER: usize = 0x1_0100;
const SGI_IPRIORITYR: usize = 0x1_0400;

const LAST: u32 = 1 << 4;
const VLPIS: u32 = 1 << 1;
const NORMAL: u8 = Priority::NORMAL.bits();

struct Fake {
    gicd: Device,
    regions: std::vec::Vec<Device>,
    gic: &'static Gic,
    _turn: MutexGuard<'static, ()>,
}

impl Fake {
    /// A controller with these redistributors: region by region, the affinities in frame order.
    fn new(regions: &[&[u32]], vlpis: bool) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        SYSREGS.lock().unwrap().reset();
        let (gicd, distributor) = Device::new(0x1_0000);
        gicd.set(GICD_PIDR2, if vlpis { 0x4b } else { 0x3b });
        gicd.set(GICD_TYPER, 2);
        let stride: usize = if vlpis { 0x4_0000 } else { 0x2_0000 };
        let mut devices = std::vec::Vec::new();
        let mut owned = std::vec::Vec::new();
        for affinities in regions {
            let (gicr, region) = Device::new((stride * (affinities.len() + 1)) as u64);
            for (index, affinity) in affinities.iter().enumerate() {
                let last = if index + 1 == affinities.len() { LAST } else { 0 };
                gicr.set(index * stride + GICR_TYPER, last | if vlpis { VLPIS } else { 0 });
                gicr.set(index * stride + GICR_AFFINITY, *affinity);
                gicr.set(index * stride + GICR_PIDR2, 0x3b);
            }
            devices.push(gicr);
            owned.push(region);
        }
        let gic = Gic::v3(distributor, owned).unwrap_or_else(|error| panic!("{error}"));
        Self { gicd, regions: devices, gic: Box::leak(Box::new(gic)), _turn: turn }
    }

    fn core(&self, core: usize, mpidr: u64) -> CpuInterface {
        self.gic.init_core(core, mpidr).unwrap_or_else(|error| panic!("{error}"))
    }
}

#[test]
fn a_core_finds_its_redistributor_by_affinity_and_not_by_position() {
    let fake = Fake::new(&[&[0x0000_0001, 0x0000_0000]], false);
    assert_eq!(fake.gic.version(), Version::V3);
    let cpu = fake.core(0, 0x8000_0000);
    assert_eq!(cpu.enable(IntId::ppi(11)), Ok(()));
    assert_eq!(fake.regions[0].get(SGI_ISENABLER), 0);
    assert_eq!(fake.regions[0].get(0x2_0000 + SGI_ISENABLER), 1 << 27);
}

#[test]
fn redistributors_with_virtual_lpis_stand_twice_as_far_apart() {
    let fake = Fake::new(&[&[0, 1, 2]], true);
    let cpu = fake.core(2, 2);
    assert_eq!(cpu.enable(IntId::sgi(4)), Ok(()));
    assert_eq!(fake.regions[0].get(2 * 0x4_0000 + SGI_ISENABLER), 1 << 4);
}

#[test]
fn a_second_region_is_walked_too() {
    let fake = Fake::new(&[&[0, 1], &[0x0100, 0x0102_0304]], false);
    let cpu = fake.core(3, 0x01_0002_0304);
    assert_eq!(cpu.enable(IntId::sgi(0)), Ok(()));
    assert_eq!(fake.regions[1].get(0x2_0000 + SGI_ISENABLER), 1);
}

#[test]
fn a_core_without_redistributor_is_named() {
    let fake = Fake::new(&[&[0, 1]], false);
    assert!(matches!(fake.gic.init_core(2, 2), Err(GicError::NoRedistributor { mpidr: 2 })));
    assert!(matches!(fake.gic.init_core(2, 0x10), Err(GicError::AffinityBeyondReach { mpidr: 0x10 })));
    assert!(matches!(fake.gic.init_core(32, 0), Err(GicError::CoreBeyondLimit { core: 32, limit: 32 })));
}

#[test]
fn a_cpu_interface_ends_in_two_steps() {
    let fake = Fake::new(&[&[0]], false);
    let cpu = fake.core(0, 0);
    {
        let mut sysregs = SYSREGS.lock().unwrap();
        assert_eq!(sysregs.icc_ctlr_el1, IccCtlrEl1::EOIMODE);
        assert_eq!(sysregs.icc_pmr_el1.priority(), 0xf0);
        sysregs.icc_iar1_el1 = IccIar1El1::from_bits_retain(33);
    }
    let acknowledged = cpu.acknowledge().expect("pending");
    assert_eq!(acknowledged.int_id(), IntId::spi(1));
    cpu.drop_priority(&acknowledged);
    {
        let sysregs = SYSREGS.lock().unwrap();
        assert_eq!(sysregs.icc_eoir1_el1.bits(), 33);
        assert_eq!(sysregs.icc_dir_el1.bits(), 0, "still active");
    }
    cpu.deactivate(acknowledged);
    assert_eq!(SYSREGS.lock().unwrap().icc_dir_el1.bits(), 33);
}

#[test]
fn nothing_pending_is_nothing_to_end() {
    let fake = Fake::new(&[&[0]], false);
    let cpu = fake.core(0, 0);
    SYSREGS.lock().unwrap().icc_iar1_el1 = IccIar1El1::from_bits_retain(1023);
    assert!(cpu.acknowledge().is_none());
}

#[test]
fn an_sgi_goes_to_the_affinity_of_its_target() {
    let fake = Fake::new(&[&[0, 0x0102_0304]], false);
    let cpu = fake.core(0, 0);
    assert_eq!(
        cpu.send_sgi(IntId::sgi(5), SgiTarget::Core(1)),
        Err(GicError::CoreNotInitialised { core: 1 })
    );
    fake.core(1, 0x01_0002_0304);
    assert_eq!(cpu.send_sgi(IntId::sgi(5), SgiTarget::Core(1)), Ok(()));
    assert_eq!(SYSREGS.lock().unwrap().icc_sgi1r_el1.bits(), 0x0001_0002_0503_0010);
    assert_eq!(cpu.send_sgi(IntId::sgi(5), SgiTarget::AllOthers), Ok(()));
    assert_eq!(SYSREGS.lock().unwrap().icc_sgi1r_el1.bits(), 0x0000_0100_0500_0000);
    assert_eq!(
        cpu.send_sgi(IntId::spi(0), SgiTarget::AllOthers),
        Err(GicError::NotSoftwareGenerated(IntId::spi(0)))
    );
}

#[test]
fn a_priority_leaves_its_neighbours_alone() {
    let fake = Fake::new(&[&[0]], false);
    let cpu = fake.core(0, 0);
    assert_eq!(cpu.set_priority(IntId::spi(1), Priority::URGENT), Ok(()));
    assert_eq!(cpu.set_priority(IntId::ppi(2), Priority::LAZY), Ok(()));
    assert_eq!(fake.gicd.bytes(GICD_IPRIORITYR + 32), [NORMAL, Priority::URGENT.bits(), NORMAL, NORMAL]);
    let private = fake.regions[0].bytes(SGI_IPRIORITYR + 16);
    assert_eq!(private, [NORMAL, NORMAL, Priority::LAZY.bits(), NORMAL]);
}

#[test]
fn a_route_is_the_affinity_of_its_core() {
    let fake = Fake::new(&[&[0, 0x0102_0304]], false);
    let cpu = fake.core(0, 0);
    fake.core(1, 0x01_0002_0304);
    assert_eq!(cpu.route_spi(IntId::spi(3), 1), Ok(()));
    let entry = GICD_IROUTER + 8 * 35;
    assert_eq!((fake.gicd.get(entry), fake.gicd.get(entry + 4)), (0x0002_0304, 0x01));
    assert_eq!(cpu.enable(IntId::spi(3)), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ISENABLER + 4), 1 << 3);
    let beyond = IntId::spi(64);
    assert_eq!(cpu.route_spi(beyond, 0), Err(GicError::NoSuchInterrupt { int_id: beyond, lines: 96 }));
    assert_eq!(cpu.route_spi(IntId::sgi(0), 0), Err(GicError::NotShared(IntId::sgi(0))));
}

#[test]
fn a_trigger_changes_alone() {
    let fake = Fake::new(&[&[0]], false);
    let cpu = fake.core(0, 0);
    assert_eq!(cpu.set_trigger(IntId::spi(1), Trigger::Edge), Ok(()));
    assert_eq!(cpu.set_trigger(IntId::spi(2), Trigger::Edge), Ok(()));
    assert_eq!(cpu.set_trigger(IntId::spi(1), Trigger::Level), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ICFGR + 8), 0b10_0000);
    assert_eq!(cpu.set_trigger(IntId::sgi(0), Trigger::Edge), Err(GicError::FixedTrigger(IntId::sgi(0))));
}

#[test]
fn another_architecture_is_refused() {
    let (gicd, distributor) = Device::new(0x1_0000);
    gicd.set(GICD_PIDR2, 0x2b);
    assert_eq!(Gic::v3(distributor, []).err(), Some(GicError::WrongVersion { found: 2 }));
}

//! GICv2 on memory that plays its registers. What real registers do (banked per core, written ones that act) is seen in the
//! kernel's own tests under QEMU; here is what the driver writes where.

use std::boxed::Box;

use arm_gic::{IntId, Trigger};

use crate::device::Device;
use crate::{CpuInterface, Gic, GicError, Priority, SgiTarget};

const GICD_CTLR: usize = 0x000;
const GICD_TYPER: usize = 0x004;
const GICD_IGROUPR: usize = 0x080;
const GICD_ISENABLER: usize = 0x100;
const GICD_ICENABLER: usize = 0x180;
const GICD_IPRIORITYR: usize = 0x400;
const GICD_ITARGETSR: usize = 0x800;
const GICD_ICFGR: usize = 0xc00;
const GICD_SGIR: usize = 0xf00;
const GICD_PIDR2: usize = 0xfe8;
const GICC_CTLR: usize = 0x0000;
const GICC_PMR: usize = 0x0004;
const GICC_IAR: usize = 0x000c;
const GICC_EOIR: usize = 0x0010;
const GICC_DIR: usize = 0x1000;

/// 96 interrupts: two words of shared ones.
const LINES: u32 = 2;
const NORMAL: u8 = Priority::NORMAL.bits();

struct Fake {
    gicd: Device,
    gicc: Device,
    gic: &'static Gic,
}

impl Fake {
    fn new() -> Self {
        let (gicd, distributor) = Device::new(0x1000);
        let (gicc, cpu_interface) = Device::new(0x2000);
        gicd.set(GICD_PIDR2, 0x2b);
        gicd.set(GICD_TYPER, LINES);
        gicd.set(GICD_IGROUPR + 4, !0);
        gicd.set(GICD_ICFGR + 8, !0);
        gicc.set(GICC_CTLR, 0x1e7);
        let gic = Gic::v2(distributor, cpu_interface).unwrap_or_else(|error| panic!("{error}"));
        Self { gicd, gicc, gic: Box::leak(Box::new(gic)) }
    }

    /// Sets up `core`, whose CPU interface is the one of `bit`.
    fn core(&self, core: usize, bit: u8) -> CpuInterface {
        self.gicd.set(GICD_ITARGETSR, u32::from_le_bytes([bit; 4]));
        self.gic.init_core(core, core as u64).unwrap_or_else(|error| panic!("{error}"))
    }
}

#[test]
fn taking_over_leaves_shared_interrupts_off_level_ungrouped_and_routed_nowhere() {
    let Fake { gicd, .. } = Fake::new();
    assert_eq!(gicd.get(GICD_CTLR), 1);
    for word in 1..=LINES as usize {
        assert_eq!(gicd.get(GICD_ICENABLER + 4 * word), !0);
        assert_eq!(gicd.get(GICD_IGROUPR + 4 * word), 0);
        assert_eq!(gicd.get(GICD_ICFGR + 8 * word), 0);
    }
    for line in (32..96).step_by(4) {
        assert_eq!(gicd.bytes(GICD_IPRIORITYR + line), [NORMAL; 4]);
        assert_eq!(gicd.bytes(GICD_ITARGETSR + line), [0; 4]);
    }
    assert_eq!(gicd.bytes(GICD_IPRIORITYR + 96), [0; 4], "interrupt 96 does not exist");
}

#[test]
fn a_cpu_interface_ends_in_two_steps_and_keeps_the_firmwares_bypass() {
    let fake = Fake::new();
    let _cpu = fake.core(0, 1);
    assert_eq!(fake.gicc.get(GICC_CTLR), 0x1e0 | 1 << 9 | 1);
    assert_eq!(fake.gicc.get(GICC_PMR), 0xf0);
}

#[test]
fn a_priority_leaves_its_neighbours_alone() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    assert_eq!(cpu.set_priority(IntId::spi(33), Priority::URGENT), Ok(()));
    assert_eq!(cpu.set_priority(IntId::spi(34), Priority::LAZY), Ok(()));
    let priorities = fake.gicd.bytes(GICD_IPRIORITYR + 64);
    assert_eq!(priorities, [NORMAL, Priority::URGENT.bits(), Priority::LAZY.bits(), NORMAL]);
}

#[test]
fn a_route_is_the_bit_of_the_cores_own_interface() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1 << 2);
    fake.core(3, 1 << 5);
    assert_eq!(cpu.route_spi(IntId::spi(1), 3), Ok(()));
    assert_eq!(cpu.route_spi(IntId::spi(2), 0), Ok(()));
    assert_eq!(fake.gicd.bytes(GICD_ITARGETSR + 32), [0, 1 << 5, 1 << 2, 0]);
}

#[test]
fn a_controller_for_one_core_routes_to_the_first_interface() {
    let fake = Fake::new();
    let cpu = fake.core(0, 0);
    assert_eq!(cpu.route_spi(IntId::spi(0), 0), Ok(()));
    assert_eq!(fake.gicd.bytes(GICD_ITARGETSR + 32), [1, 0, 0, 0]);
}

#[test]
fn enabling_and_disabling_write_the_one_bit() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    fake.gicd.set(GICD_ICENABLER + 4, 0);
    assert_eq!(cpu.enable(IntId::spi(1)), Ok(()));
    assert_eq!(cpu.enable(IntId::spi(5)), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ISENABLER + 4), 1 << 5, "no earlier bit is written again");
    assert_eq!(cpu.disable(IntId::spi(1)), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ICENABLER + 4), 1 << 1);
    assert_eq!(cpu.enable(IntId::ppi(11)), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ISENABLER), 1 << 27);
}

#[test]
fn a_trigger_changes_alone_and_only_while_the_interrupt_is_off() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    fake.gicd.set(GICD_ICENABLER + 4, 0);
    assert_eq!(cpu.set_trigger(IntId::spi(17), Trigger::Edge), Ok(()));
    assert_eq!(cpu.set_trigger(IntId::spi(18), Trigger::Edge), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ICFGR + 4 * 3), 0b10_1000);
    assert_eq!(fake.gicd.get(GICD_ICENABLER + 4), 1 << 18);
    assert_eq!(cpu.set_trigger(IntId::spi(17), Trigger::Level), Ok(()));
    assert_eq!(fake.gicd.get(GICD_ICFGR + 4 * 3), 0b10_0000);
    let sgi = IntId::sgi(3);
    assert_eq!(cpu.set_trigger(sgi, Trigger::Level), Err(GicError::FixedTrigger(sgi)));
}

#[test]
fn the_acknowledged_value_is_given_back_whole() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    fake.gicc.set(GICC_IAR, 0x1402);
    let acknowledged = cpu.acknowledge().expect("pending");
    assert_eq!(acknowledged.int_id(), IntId::sgi(2));
    cpu.drop_priority(&acknowledged);
    assert_eq!(fake.gicc.get(GICC_EOIR), 0x1402);
    assert_eq!(fake.gicc.get(GICC_DIR), 0, "still active");
    cpu.deactivate(acknowledged);
    assert_eq!(fake.gicc.get(GICC_DIR), 0x1402);
}

#[test]
fn nothing_pending_is_nothing_to_end() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    fake.gicc.set(GICC_IAR, 0x3ff);
    assert!(cpu.acknowledge().is_none());
}

#[test]
fn an_sgi_names_its_target_or_all_others() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    fake.core(2, 1 << 6);
    assert_eq!(cpu.send_sgi(IntId::sgi(7), SgiTarget::Core(2)), Ok(()));
    assert_eq!(fake.gicd.get(GICD_SGIR), 1 << 22 | 7);
    assert_eq!(cpu.send_sgi(IntId::sgi(7), SgiTarget::Core(0)), Ok(()));
    assert_eq!(fake.gicd.get(GICD_SGIR), 1 << 16 | 7);
    assert_eq!(cpu.send_sgi(IntId::sgi(1), SgiTarget::AllOthers), Ok(()));
    assert_eq!(
        fake.gicd.get(GICD_SGIR),
        0b01 << 24 | 1,
        "the filter excludes the sender, no list includes it"
    );
}

#[test]
fn what_cannot_be_is_refused_with_its_value() {
    let fake = Fake::new();
    let cpu = fake.core(0, 1);
    let beyond = IntId::spi(64);
    let refused = Err(GicError::NoSuchInterrupt { int_id: beyond, lines: 96 });
    assert_eq!(cpu.enable(beyond), refused);
    assert_eq!(cpu.disable(beyond), refused);
    assert_eq!(cpu.set_priority(beyond, Priority::NORMAL), refused);
    assert_eq!(cpu.route_spi(beyond, 0), refused);
    assert_eq!(cpu.route_spi(IntId::ppi(0), 0), Err(GicError::NotShared(IntId::ppi(0))));
    assert_eq!(cpu.route_spi(IntId::spi(0), 1), Err(GicError::CoreNotInitialised { core: 1 }));
    assert_eq!(
        cpu.send_sgi(IntId::ppi(0), SgiTarget::AllOthers),
        Err(GicError::NotSoftwareGenerated(IntId::ppi(0)))
    );
    assert_eq!(
        cpu.send_sgi(IntId::sgi(0), SgiTarget::Core(8)),
        Err(GicError::CoreBeyondLimit { core: 8, limit: 8 })
    );
    assert!(matches!(fake.gic.init_core(8, 8), Err(GicError::CoreBeyondLimit { core: 8, limit: 8 })));
}

#[test]
fn a_region_without_gicc_dir_is_refused() {
    let (gicd, distributor) = Device::new(0x1000);
    gicd.set(GICD_PIDR2, 0x2b);
    let (_, short) = Device::new(0x1000);
    let refused = Gic::v2(distributor, short).err();
    assert_eq!(
        refused,
        Some(GicError::RegionTooShort { block: "GICC", len_bytes: 0x1000, needed_bytes: 0x1004 })
    );
}

#[test]
fn another_architecture_is_refused() {
    let (gicd, distributor) = Device::new(0x1000);
    gicd.set(GICD_PIDR2, 0x3b);
    let (_, cpu_interface) = Device::new(0x2000);
    assert_eq!(Gic::v2(distributor, cpu_interface).err(), Some(GicError::WrongVersion { found: 3 }));
}

//! Descriptions of real trees: QEMU's `virt` in its variants (the part in use of what `-M virt,dumpdtb=` writes, options in
//! [`TREES`]), a Raspberry Pi 4, and a board of oddities. The last two were written by hand; their sources lie beside them.

use spindle_board::{
    AddressRange, Board, BoardError, Conduit, Initrd, InterruptController, StartMethod, Trigger, describe,
    raspberry_pi_4,
};

macro_rules! tree {
    ($name:literal) => {
        include_bytes!(concat!("trees/", $name, ".dtb"))
    };
}

/// `-M virt,gic-version=2 -smp 4 -m 512M`
const GICV2: &[u8] = tree!("virt-gicv2-4cores");
/// `-M virt,gic-version=2,secure=on,virtualization=on -cpu cortex-a72,cntfrq=54000000 -smp 4 -m 512M`
const GICV2_SECURE: &[u8] = tree!("virt-gicv2-secure");
/// `-M virt,gic-version=3 -smp 1 -m 128M`
const ONE_CORE: &[u8] = tree!("virt-gicv3-1core");
/// `-M virt,gic-version=3 -smp 18 -m 1G`
const CLUSTERS: &[u8] = tree!("virt-gicv3-18cores");
/// `-M virt,gic-version=3 -smp 2 -m 128M -initrd .. -append "test=ipc quiet"`
const INITRD: &[u8] = tree!("virt-gicv3-initrd");
/// `-M virt,gic-version=max,virtualization=on -cpu max -smp 2 -m 8G`
const GICV4: &[u8] = tree!("virt-gicv4-el2");
const RASPBERRY_PI_4: &[u8] = tree!("raspberry-pi-4");
const UNUSUAL: &[u8] = tree!("unusual");
const TREES: [&[u8]; 8] = [GICV2, GICV2_SECURE, ONE_CORE, CLUSTERS, INITRD, GICV4, RASPBERRY_PI_4, UNUSUAL];

fn range(start: u64, end: u64) -> AddressRange {
    AddressRange { start, end }
}

fn board(tree: &[u8]) -> Board {
    describe(tree).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn virt_with_gicv2_is_described() {
    let board = board(GICV2);
    assert_eq!(board.model.as_str(), "linux,dummy-virt");
    assert_eq!(board.memory.as_slice(), [range(0x4000_0000, 0x6000_0000)]);
    assert!(board.reserved.is_empty());
    assert_eq!(
        board.interrupt_controller,
        InterruptController::V2 {
            distributor: range(0x0800_0000, 0x0801_0000),
            cpu_interface: range(0x0801_0000, 0x0802_0000),
        }
    );
    assert_eq!(board.virtual_timer.int_id, 27);
    assert_eq!(board.virtual_timer.trigger, Trigger::Level);
    assert_eq!(board.console.registers, range(0x0900_0000, 0x0900_1000));
    assert_eq!(board.console.interrupt.int_id, 33);
    assert_eq!(board.console.interrupt.trigger, Trigger::Level);
    assert_eq!(board.psci, Some(Conduit::Hvc));
    assert_eq!(board.power_off.psci, Some(Conduit::Hvc));
    assert_eq!(board.power_off.watchdog, None);
    assert!(board.power_off.semihosting);
    assert_eq!(board.initrd, Initrd::None);
    assert_eq!(board.boot_arguments.as_str(), "");
    let cores: Vec<_> = board.cores.iter().map(|core| (core.mpidr, core.start)).collect();
    assert_eq!(cores, [0, 1, 2, 3].map(|mpidr| (mpidr, StartMethod::Psci)));
}

#[test]
fn the_non_secure_side_of_virt_calls_psci_by_smc_and_leaves_the_secure_uart_alone() {
    let board = board(GICV2_SECURE);
    assert_eq!(board.psci, Some(Conduit::Smc));
    assert_eq!(board.console.registers, range(0x0900_0000, 0x0900_1000));
    assert_eq!(board.console.interrupt.int_id, 33);
}

#[test]
fn memory_of_the_secure_side_is_not_ours() {
    let board = board(GICV2_SECURE);
    assert!(board.memory.iter().all(|bank| bank.start >= 0x4000_0000), "{:?}", board.memory);
}

#[test]
fn a_single_core_needs_no_start_method() {
    let board = board(ONE_CORE);
    assert_eq!(board.cores.len(), 1);
    assert_eq!(board.cores[0].start, StartMethod::Unspecified);
    assert_eq!(board.memory.as_slice(), [range(0x4000_0000, 0x4800_0000)]);
}

#[test]
fn cores_of_a_second_cluster_have_their_own_affinity() {
    let board = board(CLUSTERS);
    let cores: Vec<_> = board.cores.iter().map(|core| core.mpidr).collect();
    assert_eq!(cores[14..], [0x0e, 0x0f, 0x100, 0x101]);
    assert_eq!(board.cores_left_out, 0);
}

#[test]
fn gicv3_has_a_region_of_redistributors_as_long_as_its_cores_can_fill() {
    let board = board(CLUSTERS);
    let InterruptController::V3 { distributor, redistributors } = board.interrupt_controller else {
        panic!("not a GICv3");
    };
    assert_eq!(distributor, range(0x0800_0000, 0x0801_0000));
    assert_eq!(redistributors.as_slice(), [range(0x080a_0000, 0x080a_0000 + 18 * 0x4_0000)]);
}

#[test]
fn loader_values_are_copied_and_the_archive_is_reserved() {
    let board = board(INITRD);
    let archive = range(0x4400_0000, 0x4400_00e8);
    assert_eq!(board.boot_arguments.as_str(), "test=ipc quiet");
    assert_eq!(board.initrd, Initrd::At(archive));
    assert_eq!(board.reserved.as_slice(), [archive]);
}

#[test]
fn eight_gib_are_one_range() {
    let board = board(GICV4);
    assert_eq!(board.memory.as_slice(), [range(0x4000_0000, 0x2_4000_0000)]);
    assert_eq!(board.psci, Some(Conduit::Smc));
}

#[test]
fn the_pi_is_described_with_its_buses_translated() {
    let board = board(RASPBERRY_PI_4);
    assert_eq!(board.model.as_str(), "Raspberry Pi 4 Model B Rev 1.4");
    assert_eq!(board.memory.as_slice(), [range(0, 0x3b40_0000), range(0x4000_0000, 0xfc00_0000)]);
    assert_eq!(
        board.interrupt_controller,
        InterruptController::V2 {
            distributor: range(0xff84_1000, 0xff84_2000),
            cpu_interface: range(0xff84_2000, 0xff84_4000),
        }
    );
    assert_eq!(board.virtual_timer.int_id, 27);
    assert_eq!(board.psci, None);
    assert_eq!(board.power_off.psci, None);
    assert_eq!(board.power_off.watchdog, Some(range(0xfe10_0000, 0xfe10_0114)));
    assert!(!board.power_off.semihosting);
    let releases: Vec<_> = board.cores.iter().map(|core| core.start).collect();
    assert_eq!(
        releases,
        [0xd8, 0xe0, 0xe8, 0xf0].map(|release_address| StartMethod::SpinTable { release_address })
    );
}

#[test]
fn the_pis_mini_uart_is_passed_over_for_the_enabled_pl011() {
    let board = board(RASPBERRY_PI_4);
    assert_eq!(board.console.registers, range(0xfe20_1000, 0xfe20_1200));
    assert_eq!(board.console.interrupt.int_id, 153);
}

#[test]
fn the_pis_reservations_are_firmware_memory_and_archive() {
    let board = board(RASPBERRY_PI_4);
    assert_eq!(
        board.reserved.as_slice(),
        [range(0, 0x1000), range(0x3b00_0000, 0x3b10_0000), range(0x2e00_0000, 0x2e01_2345)]
    );
}

#[test]
fn what_the_bindings_allow_is_understood() {
    let board = board(UNUSUAL);
    assert_eq!(
        board.memory.as_slice(),
        [range(0x8000_0000, 0x9000_0000), range(0x88_0000_0000, 0x89_0000_0000)]
    );
    let cores: Vec<_> = board.cores.iter().map(|core| (core.mpidr, core.start)).collect();
    assert_eq!(cores, [(0, StartMethod::Psci), (0x1_0000_0200, StartMethod::Psci)]);
    let InterruptController::V3 { redistributors, .. } = &board.interrupt_controller else {
        panic!("not a GICv3");
    };
    assert_eq!(
        redistributors.as_slice(),
        [range(0x3010_0000, 0x3014_0000), range(0x10_0000_0000, 0x10_0008_0000)]
    );
    assert_eq!(board.virtual_timer.int_id, 27);
    assert_eq!(board.console.registers, range(0x20_0001_1000, 0x20_0001_2000));
    assert_eq!(board.console.interrupt.int_id, 39);
    assert_eq!(board.console.interrupt.trigger, Trigger::Edge);
    assert_eq!(board.model.as_str(), "unnamed");
}

#[test]
fn the_carried_description_agrees_with_the_pis_own_tree() {
    let (carried, own) = (raspberry_pi_4(), board(RASPBERRY_PI_4));
    assert_eq!(carried.interrupt_controller, own.interrupt_controller);
    assert_eq!(carried.console, own.console);
    assert_eq!(carried.cores, own.cores);
    assert_eq!(carried.virtual_timer, own.virtual_timer);
    assert_eq!(carried.power_off.watchdog, own.power_off.watchdog);
    assert_eq!(carried.reserved[0], own.reserved[0]);
    assert_eq!(carried.initrd, Initrd::Probe { address: 0x0800_0000, max_len_bytes: 64 << 20 });
    assert!(!carried.model.is_empty());
}

#[test]
fn padding_behind_the_tree_is_neither_read_nor_counted() {
    for tree in TREES {
        let mut padded = tree.to_vec();
        padded.resize(1 << 20, 0xa5);
        padded[4..8].copy_from_slice(&(1_u32 << 20).to_be_bytes());
        let described = board(&padded);
        assert!(tree.len() - described.device_tree_bytes < 4, "{}", described.device_tree_bytes);
        padded.truncate(described.device_tree_bytes);
        let used = u32::try_from(described.device_tree_bytes).expect("small");
        padded[4..8].copy_from_slice(&used.to_be_bytes());
        assert_eq!(board(&padded), described);
    }
}

#[test]
fn a_tree_cut_short_says_by_how_much() {
    assert_eq!(
        describe(&GICV2[..100]),
        Err(BoardError::Truncated { promised_bytes: GICV2.len(), given_bytes: 100 })
    );
    assert_eq!(describe(&[]), Err(BoardError::Truncated { promised_bytes: 40, given_bytes: 0 }));
}

#[test]
fn an_atag_list_is_no_tree() {
    assert!(matches!(describe(&[0; 4096]), Err(BoardError::Parse(_))));
}

#[test]
fn reserving_twice_keeps_one_range() {
    let mut board = board(ONE_CORE);
    let tree = range(0x4400_0000, 0x4400_2000);
    assert_eq!(board.reserve(tree), Ok(()));
    assert_eq!(board.reserve(range(0x4400_1000, 0x4400_2000)), Ok(()));
    assert_eq!(board.reserve(range(0x5000_0000, 0x5000_0000)), Ok(()));
    assert_eq!(board.reserved.as_slice(), [tree]);
}

//! Damaged trees: whatever the bytes are, `describe` returns; and a tree that lacks or bends one thing is refused by the name of
//! that thing.

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use spindle_board::{BoardError, describe};

const TREES: [&[u8]; 4] = [
    include_bytes!("trees/virt-gicv2-4cores.dtb"),
    include_bytes!("trees/virt-gicv3-initrd.dtb"),
    include_bytes!("trees/raspberry-pi-4.dtb"),
    include_bytes!("trees/unusual.dtb"),
];
const RASPBERRY_PI_4: &[u8] = TREES[2];

/// `tree` with the one place where `from` stands replaced by `to`, of the same length.
fn patched(tree: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut places = tree.windows(from.len()).enumerate().filter(|(_, window)| *window == from);
    let (at, _) = places.next().expect("nothing to patch");
    assert!(places.next().is_none(), "several places to patch");
    let mut tree = tree.to_vec();
    tree[at..at + to.len()].copy_from_slice(to);
    tree
}

#[test]
fn a_tree_without_gic_is_refused() {
    let tree = patched(RASPBERRY_PI_4, b"arm,gic-400\0", b"arm,gic-4oo\0");
    assert_eq!(describe(&tree), Err(BoardError::NodeMissing { wanted: "GIC" }));
}

#[test]
fn a_tree_without_timer_is_refused() {
    let tree = patched(RASPBERRY_PI_4, b"arm,armv8-timer\0", b"arm,armv7-timer\0");
    assert_eq!(describe(&tree), Err(BoardError::NodeMissing { wanted: "arm,armv8-timer" }));
}

#[test]
fn an_unknown_conduit_is_named() {
    let tree = patched(TREES[0], b"hvc\0", b"hvd\0");
    let Err(error) = describe(&tree) else { panic!("accepted") };
    assert_eq!(error.to_string(), "node psci, method: `hvd` is unknown");
}

#[test]
fn an_address_outside_every_range_of_its_bus_is_named() {
    let reg = |address: u32| [address.to_be_bytes(), 0x1000_u32.to_be_bytes()].concat();
    let tree = patched(RASPBERRY_PI_4, &reg(0x4004_1000), &reg(0x5004_1000));
    let Err(error) = describe(&tree) else { panic!("accepted") };
    assert_eq!(error.to_string(), "node interrupt-controller@40041000: no bus maps its address 0x50041000");
}

#[test]
fn a_device_wired_to_another_controller_is_named() {
    let tree = patched(TREES[3], b"console:115200\0", b"missing:115200\0");
    let Err(error) = describe(&tree) else { panic!("accepted") };
    assert!(matches!(error, BoardError::ForeignInterrupt { parent: Some(_), .. }), "{error}");
    assert!(error.to_string().contains("serial@9000000"), "{error}");
}

#[test]
fn an_archive_that_ends_before_it_starts_is_refused() {
    let start = 0x2e00_0000_u32.to_be_bytes();
    let tree = patched(RASPBERRY_PI_4, &start, &0x2f00_0000_u32.to_be_bytes());
    let Err(error) = describe(&tree) else { panic!("accepted") };
    assert!(matches!(error, BoardError::BadRange { start: 0x2f00_0000, extent: 0x2e01_2345, .. }), "{error}");
}

#[test]
fn an_unknown_start_method_is_named() {
    let tree = RASPBERRY_PI_4.to_vec();
    let word = b"spin-table\0";
    let at = tree.windows(word.len()).position(|window| window == word).expect("there");
    let mut tree = tree;
    tree[at..at + word.len()].copy_from_slice(b"spin-cable\0");
    let Err(error) = describe(&tree) else { panic!("accepted") };
    assert_eq!(error.to_string(), "node cpu@0, enable-method: `spin-cable` is unknown");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_changed_at_random_never_panic(
        which in 0..TREES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut tree = TREES[which].to_vec();
        for (at, value) in changes {
            let at = at.index(tree.len());
            tree[at] = value;
        }
        let _ = describe(&tree);
    }

    #[test]
    fn words_changed_at_random_never_panic(
        which in 0..TREES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..20), 1..6),
    ) {
        let mut tree = TREES[which].to_vec();
        for (at, value) in changes {
            let at = at.index(tree.len() / 4) * 4;
            tree[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        let _ = describe(&tree);
    }

    #[test]
    fn trees_cut_at_random_never_panic(which in 0..TREES.len(), len in any::<prop::sample::Index>()) {
        let mut tree = TREES[which].to_vec();
        let len = len.index(tree.len());
        tree.truncate(len);
        if let Some(total) = tree.get_mut(4..8) {
            total.copy_from_slice(&u32::try_from(len).unwrap_or(0).to_be_bytes());
        }
        let _ = describe(&tree);
    }

    #[test]
    fn bytes_at_random_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = describe(&bytes);
    }
}

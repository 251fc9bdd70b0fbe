//! A node together with the nodes above it, which is what it takes to understand its addresses and interrupts.
//!
//! The walk keeps its own stack, so a hostile tree cannot exhaust ours; nodes nested deeper than [`MAX_DEPTH`] are passed over
//! (the deepest that we look for, a device on a bus on a bus, has depth 3).
//!
//! Source: Devicetree Specification 0.4, sections 2.3.6 (`reg`) and 2.3.8 (`ranges`).

use arrayvec::ArrayVec;
use dtoolkit::error::StandardError;
use dtoolkit::fdt::{Fdt, FdtNode, FdtProperty};
use dtoolkit::{Node, Property};

use crate::description::AddressRange;
use crate::error::{BoardError, name_of};

/// Levels of nodes below the root that are looked at.
const MAX_DEPTH: usize = 8;

/// A node and its ancestors, the root first.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    pub(crate) node: FdtNode<'a>,
    ancestors: ArrayVec<FdtNode<'a>, MAX_DEPTH>,
    traits: Traits<'a>,
}

/// What a walk wants to know of every node, read in one pass over its properties.
#[derive(Clone, Copy)]
struct Traits<'a> {
    compatible: &'a [u8],
    is_enabled: bool,
    is_bus: bool,
}

/// The nodes below the root that can be devices, each before its children: those at the root, and those on buses that map
/// their addresses (others have no address that a core could use).
pub(crate) fn places(fdt: Fdt<'_>) -> impl Iterator<Item = Place<'_>> {
    let root = fdt.root();
    let mut ancestors = ArrayVec::<_, MAX_DEPTH>::new();
    let mut levels = ArrayVec::<_, MAX_DEPTH>::new();
    ancestors.push(root);
    levels.push(root.children());
    core::iter::from_fn(move || {
        loop {
            let Some(node) = levels.last_mut()?.next() else {
                levels.pop();
                ancestors.pop();
                continue;
            };
            let traits = Traits::of(&node);
            let place = Place { node, ancestors: ancestors.clone(), traits };
            if traits.is_bus && ancestors.try_push(node).is_ok() {
                levels.push(node.children());
            }
            return Some(place);
        }
    })
}

impl<'a> Traits<'a> {
    fn of(node: &FdtNode<'a>) -> Self {
        let mut traits = Self { compatible: &[], is_enabled: true, is_bus: false };
        for property in node.properties() {
            match property.name() {
                "compatible" => traits.compatible = property.value_as().unwrap_or_default(),
                "status" => traits.is_enabled = is_okay(&property),
                "ranges" => traits.is_bus = true,
                _ => {}
            }
        }
        traits
    }
}

/// Whether a `status` says that the node is not switched off (Devicetree Specification 2.3.4).
fn is_okay(status: &FdtProperty<'_>) -> bool {
    matches!(status.value(), b"okay\0" | b"ok\0")
}

impl<'a> Place<'a> {
    /// Whether the node is not switched off.
    pub(crate) const fn is_enabled(&self) -> bool {
        self.traits.is_enabled
    }

    /// Whether the node is compatible with one of `models`.
    pub(crate) fn is_one_of(&self, models: &[&str]) -> bool {
        let mut own = self.traits.compatible.split(|byte| *byte == 0);
        own.any(|own| models.iter().any(|model| model.as_bytes() == own))
    }

    /// Whether the node is a child of the root.
    pub(crate) const fn is_at_root(&self) -> bool {
        self.ancestors.len() == 1
    }

    /// The node's property `name`.
    pub(crate) fn require(&self, name: &'static str) -> Result<FdtProperty<'a>, BoardError> {
        require(&self.node, name)
    }

    /// The property `name` of the node, or else of the nearest ancestor that has it.
    pub(crate) fn inherited(&self, name: &str) -> Option<(FdtNode<'a>, FdtProperty<'a>)> {
        core::iter::once(&self.node)
            .chain(self.ancestors.iter().rev())
            .find_map(|node| node.property(name).map(|property| (*node, property)))
    }

    /// The node's path is `path` (given without the root's slash).
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let mut names = path.rsplit('/').filter(|name| !name.is_empty());
        let own = core::iter::once(&self.node).chain(self.ancestors.iter().skip(1).rev());
        for node in own {
            match names.next() {
                Some(name) if name == node.name() || name == node.name_without_address() => {}
                _ => return false,
            }
        }
        names.next().is_none()
    }

    /// The `index`th range of the node's `reg`, as a physical address.
    pub(crate) fn registers(&self, index: usize) -> Result<AddressRange, BoardError> {
        let malformed = |cause| BoardError::Malformed { node: name_of(&self.node), property: "reg", cause };
        let reg = self
            .node
            .reg()
            .map_err(|cause| malformed(cause.into()))?
            .and_then(|mut all| all.nth(index))
            .ok_or_else(|| BoardError::PropertyMissing { node: name_of(&self.node), property: "reg" })?;
        let start = self.translate(reg.address::<u64>().map_err(malformed)?)?;
        let len = reg.size::<u64>().map_err(malformed)?;
        AddressRange::with_len(start, len).ok_or_else(|| BoardError::BadRange {
            node: name_of(&self.node),
            property: "reg",
            start,
            extent: len,
        })
    }

    /// Carries an address of the bus that the node sits on up to the root.
    fn translate(&self, address: u64) -> Result<u64, BoardError> {
        // The root is no bus that maps anything: its children's addresses are physical.
        self.ancestors.iter().skip(1).rev().try_fold(address, |address, bus| {
            let malformed = |cause| BoardError::Malformed { node: name_of(bus), property: "ranges", cause };
            let unmapped = || BoardError::Unmapped { node: name_of(&self.node), address };
            let ranges = bus.property("ranges").ok_or_else(unmapped)?;
            if ranges.value().is_empty() {
                return Ok(address);
            }
            let ranges = bus.ranges().map_err(|cause| malformed(cause.into()))?.ok_or_else(unmapped)?;
            for range in ranges {
                let child = range.child_bus_address::<u64>().map_err(malformed)?;
                let parent = range.parent_bus_address::<u64>().map_err(malformed)?;
                let len = range.length::<u64>().map_err(malformed)?;
                match address.checked_sub(child) {
                    Some(offset) if offset < len => return parent.checked_add(offset).ok_or_else(unmapped),
                    _ => {}
                }
            }
            Err(unmapped())
        })
    }
}

/// The property `name` of `node`.
pub(crate) fn require<'a>(node: &FdtNode<'a>, name: &'static str) -> Result<FdtProperty<'a>, BoardError> {
    node.property(name).ok_or_else(|| BoardError::PropertyMissing { node: name_of(node), property: name })
}

/// The 32-bit number that `property` of `node` holds.
pub(crate) fn number(
    node: &FdtNode<'_>,
    name: &'static str,
    property: &FdtProperty<'_>,
) -> Result<u32, BoardError> {
    property.value_as::<u32>().map_err(|cause| malformed(node, name, cause))
}

/// The error for a property whose bytes do not fit its type.
pub(crate) fn malformed(
    node: &FdtNode<'_>,
    property: &'static str,
    cause: impl Into<StandardError>,
) -> BoardError {
    BoardError::Malformed { node: name_of(node), property, cause: cause.into() }
}

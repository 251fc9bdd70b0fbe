//! Why a tree could not be turned into a description.
//!
//! Every variant names the node and the property it is about and carries the value that was found.

use core::fmt;

use arrayvec::ArrayString;
use dtoolkit::Node;
use dtoolkit::error::{FdtParseError, StandardError};
use dtoolkit::fdt::FdtNode;

/// The name of a node, cut to fit an error value.
pub type NodeName = ArrayString<48>;

/// What is wrong with the device tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardError {
    /// Fewer bytes than a header, or than the header promises.
    Truncated {
        /// Bytes the header promises (the header's own length when even that is missing).
        promised_bytes: usize,
        /// Bytes given.
        given_bytes: usize,
    },
    /// Not a well-formed flattened device tree.
    Parse(FdtParseError),
    /// No enabled node of a kind that every board must have.
    NodeMissing {
        /// What was looked for.
        wanted: &'static str,
    },
    /// A node lacks a property that its binding demands.
    PropertyMissing {
        /// The node.
        node: NodeName,
        /// The property.
        property: &'static str,
    },
    /// A property's bytes are not what its binding demands.
    Malformed {
        /// The node.
        node: NodeName,
        /// The property.
        property: &'static str,
        /// What the reader found.
        cause: StandardError,
    },
    /// A property holds a number that has no meaning here.
    UnknownNumber {
        /// The node.
        node: NodeName,
        /// The property.
        property: &'static str,
        /// The number.
        value: u32,
    },
    /// A property holds a word that has no meaning here.
    UnknownWord {
        /// The node.
        node: NodeName,
        /// The property.
        property: &'static str,
        /// The word, cut to fit.
        value: NodeName,
    },
    /// A range that runs past the last address or backwards.
    BadRange {
        /// The node.
        node: NodeName,
        /// The property.
        property: &'static str,
        /// Its start.
        start: u64,
        /// Its length, or its end where the property gives the end.
        extent: u64,
    },
    /// A device's address that no bus above it maps.
    Unmapped {
        /// The device.
        node: NodeName,
        /// The address on the device's own bus.
        address: u64,
    },
    /// An interrupt wired to another controller than the GIC.
    ForeignInterrupt {
        /// The device.
        node: NodeName,
        /// The phandle of its interrupt parent; `None` when no node above names one.
        parent: Option<u32>,
    },
    /// More of something than a description holds.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many fit.
        limit: usize,
    },
    /// A text longer than a description holds.
    TooLong {
        /// The node.
        node: NodeName,
        /// The property.
        property: &'static str,
        /// Its length.
        len_bytes: usize,
        /// How much fits.
        limit_bytes: usize,
    },
}

impl fmt::Display for BoardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { promised_bytes, given_bytes } => {
                write!(f, "device tree has {given_bytes} of {promised_bytes} bytes")
            }
            Self::Parse(cause) => write!(f, "device tree: {cause}"),
            Self::NodeMissing { wanted } => write!(f, "device tree has no {wanted}"),
            Self::PropertyMissing { node, property } => write!(f, "node {node} has no {property}"),
            Self::Malformed { node, property, cause } => write!(f, "node {node}, {property}: {cause}"),
            Self::UnknownNumber { node, property, value } => {
                write!(f, "node {node}, {property}: {value:#x} is unknown")
            }
            Self::UnknownWord { node, property, value } => {
                write!(f, "node {node}, {property}: `{value}` is unknown")
            }
            Self::BadRange { node, property, start, extent } => {
                write!(f, "node {node}, {property}: range from {start:#x} with {extent:#x} is none")
            }
            Self::Unmapped { node, address } => {
                write!(f, "node {node}: no bus maps its address {address:#x}")
            }
            Self::ForeignInterrupt { node, parent: Some(parent) } => {
                write!(f, "node {node}: interrupt parent {parent:#x} is not the GIC")
            }
            Self::ForeignInterrupt { node, parent: None } => write!(f, "node {node} has no interrupt parent"),
            Self::TooMany { what, limit } => write!(f, "more than {limit} {what}"),
            Self::TooLong { node, property, len_bytes, limit_bytes } => {
                write!(f, "node {node}, {property}: {len_bytes} bytes, {limit_bytes} fit")
            }
        }
    }
}

impl core::error::Error for BoardError {}

/// The name of `node` as errors carry it.
pub(crate) fn name_of(node: &FdtNode<'_>) -> NodeName {
    cut(if node.name().is_empty() { "/" } else { node.name() })
}

/// As much of `text` as fits, cut between characters.
pub(crate) fn cut<const N: usize>(text: &str) -> ArrayString<N> {
    let mut out = ArrayString::new();
    for character in text.chars() {
        if out.try_push(character).is_err() {
            break;
        }
    }
    out
}

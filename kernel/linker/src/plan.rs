//! The plan: how much memory an object needs, and where in it each section goes.
//!
//! Three regions by permission, each of which begins at an address that is a multiple of [`Plan::align`]; sections keep
//! their order within a region. Addresses are not known yet.

use alloc::vec::Vec;
use core::fmt;

use crate::object::{MAX_REGION_BYTES, Object, Region};

/// Sizes of the regions in bytes, and offsets of the sections in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By region.
    bytes: [usize; Region::ALL.len()],
    align: usize,
    /// By section number; `None` for what is not placed.
    offsets: Vec<Option<usize>>,
}

impl Plan {
    /// Plans the memory of `object`.
    ///
    /// # Errors
    /// [`PlanError`] when a region would become longer than [`MAX_REGION_BYTES`].
    pub fn new(object: &Object<'_>) -> Result<Self, PlanError> {
        let mut plan = Self { bytes: [0; Region::ALL.len()], align: 1, offsets: Vec::new() };
        plan.offsets.reserve(object.sections().len());
        for section in object.sections() {
            let offset = match section.region() {
                Some(region) => Some(plan.add(region, section.size(), section.align())?),
                None => None,
            };
            plan.offsets.push(offset);
        }
        Ok(plan)
    }

    fn add(&mut self, region: Region, bytes: usize, align: usize) -> Result<usize, PlanError> {
        let end = &mut self.bytes[region as usize];
        let fit =
            end.checked_next_multiple_of(align).and_then(|start| Some((start, start.checked_add(bytes)?)));
        match fit {
            Some((start, new_end)) if new_end <= MAX_REGION_BYTES => {
                *end = new_end;
                self.align = self.align.max(align);
                Ok(start)
            }
            _ => Err(PlanError::TooLong { region, bytes: end.saturating_add(bytes) }),
        }
    }

    /// Length of a region in bytes.
    #[must_use]
    pub fn bytes(&self, region: Region) -> usize {
        self.bytes[region as usize]
    }

    /// Length of the text in bytes.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.bytes(Region::Text)
    }

    /// Length of the read-only data in bytes.
    #[must_use]
    pub fn rodata_bytes(&self) -> usize {
        self.bytes(Region::Rodata)
    }

    /// Length of the writable data in bytes, zero-filled part included.
    #[must_use]
    pub fn data_bytes(&self) -> usize {
        self.bytes(Region::Data)
    }

    /// What the address of each region must be a multiple of; a power of two of at most a page.
    #[must_use]
    pub fn align(&self) -> usize {
        self.align
    }

    /// Where in its region section number `section` begins, in bytes; `None` when it is not placed.
    #[must_use]
    pub fn offset(&self, section: usize) -> Option<usize> {
        self.offsets.get(section).copied().flatten()
    }
}

/// Why no plan can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// A region would become too long.
    TooLong {
        /// Which.
        region: Region,
        /// How long at least, in bytes.
        bytes: usize,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { region, bytes } => {
                write!(out, "{bytes} bytes of {region}, at most {MAX_REGION_BYTES} are placed")
            }
        }
    }
}

impl core::error::Error for PlanError {}

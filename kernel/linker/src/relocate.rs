//! Relocating: decide first, write last.
//!
//! [`relocate()`] computes, checks and encodes the value of every record into a list, and only when the list is complete copies
//! the sections and applies it. So an object that is refused has changed nothing, and what is applied cannot fail.
//!
//! Regions are given as an address, where the object will see them, and as bytes, where they are written now; the two have
//! nothing to do with each other here.

mod error;

use alloc::vec::Vec;

pub use error::{Misfit, RelocateError};

use crate::aarch64::Encoded;
use crate::object::{Object, Place, Region, Relocation, Section, Symbol};
use crate::plan::Plan;
use crate::resolve::Imports;

/// Where the regions will be seen by the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bases {
    /// Address of the text.
    pub text: u64,
    /// Address of the read-only data.
    pub rodata: u64,
    /// Address of the writable data.
    pub data: u64,
}

impl Bases {
    /// Address of a region.
    #[must_use]
    pub const fn of(&self, region: Region) -> u64 {
        match region {
            Region::Text => self.text,
            Region::Rodata => self.rodata,
            Region::Data => self.data,
        }
    }
}

/// Where the regions are written: each at least as long as the plan says. What is longer is filled with zeros.
#[derive(Debug)]
pub struct Images<'m> {
    /// The text.
    pub text: &'m mut [u8],
    /// The read-only data.
    pub rodata: &'m mut [u8],
    /// The writable data.
    pub data: &'m mut [u8],
}

impl Images<'_> {
    fn of(&mut self, region: Region) -> &mut [u8] {
        match region {
            Region::Text => self.text,
            Region::Rodata => self.rodata,
            Region::Data => self.data,
        }
    }
}

/// Where things are after relocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Offset of the entry record in the read-only data, in bytes.
    pub entry_offset: usize,
    /// How many relocation records were applied.
    pub relocations: usize,
}

/// Writes `object` into `images`, linked to run at `bases`.
///
/// `plan` and `imports` have to be those of the same object.
///
/// # Errors
/// [`RelocateError`]; then nothing was written.
pub fn relocate(
    object: &Object<'_>,
    plan: &Plan,
    imports: &Imports,
    bases: &Bases,
    mut images: Images<'_>,
) -> Result<Placed, RelocateError> {
    for region in Region::ALL {
        check_region(region, plan, bases, images.of(region).len())?;
    }
    let entry_offset = plan.offset(object.entry_index()).ok_or(RelocateError::ForeignPlan)?;
    check_plan(object, plan, imports)?;
    let layout = Layout { object, plan, imports, bases };
    let patches = layout.patches()?;
    for region in Region::ALL {
        images.of(region).fill(0);
    }
    for section in object.sections() {
        if let (Some(region), Some(offset)) = (section.region(), plan.offset(section.number())) {
            store(images.of(region), offset, section.data());
        }
    }
    for Patch { region, offset, contents } in &patches {
        match contents {
            Encoded::Word(word) => store(images.of(*region), *offset, &word.to_le_bytes()),
            Encoded::Double(double) => store(images.of(*region), *offset, &double.to_le_bytes()),
        }
    }
    Ok(Placed { entry_offset, relocations: patches.len() })
}

/// One change to make.
struct Patch {
    region: Region,
    offset: usize,
    contents: Encoded,
}

/// A region must fit where it is to be written, and its address must be one that it can have.
fn check_region(region: Region, plan: &Plan, bases: &Bases, room: usize) -> Result<(), RelocateError> {
    let (address, bytes) = (bases.of(region), plan.bytes(region));
    if room < bytes {
        return Err(RelocateError::NoRoom { region, bytes, room });
    }
    if !address.is_multiple_of(plan.align() as u64) || address.checked_add(room as u64).is_none() {
        return Err(RelocateError::BadAddress { region, address });
    }
    Ok(())
}

/// Plan and imports have to be those of this object: each section within its region, an address for each symbol.
fn check_plan(object: &Object<'_>, plan: &Plan, imports: &Imports) -> Result<(), RelocateError> {
    let fits = |section: &Section<'_>| match (section.region(), plan.offset(section.number())) {
        (None, None) => true,
        (Some(region), Some(offset)) => {
            offset.checked_add(section.size()).is_some_and(|end| end <= plan.bytes(region))
        }
        _ => false,
    };
    let is_own = object.sections().iter().all(fits) && imports.count() == object.symbols().len();
    if is_own { Ok(()) } else { Err(RelocateError::ForeignPlan) }
}

fn store(image: &mut [u8], offset: usize, bytes: &[u8]) {
    let end = offset.saturating_add(bytes.len());
    if let Some(place) = image.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}

/// The address of a symbol that is placed; `None` when the plan has no place for it, or it would lie beyond the last address.
pub(crate) fn address_of(symbol: &Symbol<'_>, plan: &Plan, bases: &Bases) -> Option<u64> {
    let Place::Section { index, offset } = symbol.place() else { return None };
    let start = plan.offset(index)?.checked_add(offset)?;
    bases.of(symbol.region()?).checked_add(start as u64)
}

/// Everything that decides an address.
struct Layout<'l, 'o> {
    object: &'l Object<'o>,
    plan: &'l Plan,
    imports: &'l Imports,
    bases: &'l Bases,
}

impl<'o> Layout<'_, 'o> {
    fn patches(&self) -> Result<Vec<Patch>, RelocateError> {
        let mut patches = Vec::with_capacity(self.object.relocation_count());
        let mut records = self.object.relocations();
        // By section: its address and bytes are the same for all of its records.
        while let Some(first) = records.first() {
            let section = self.object.section(first.section()).ok_or(RelocateError::ForeignPlan)?;
            let count = records.partition_point(|record| record.section() == section.number());
            let (own, rest) = records.split_at(count);
            let region = section.region().ok_or(RelocateError::ForeignPlan)?;
            let start = self.plan.offset(section.number()).ok_or(RelocateError::ForeignPlan)?;
            for record in own {
                let address = self.bases.of(region) + (start + record.offset()) as u64;
                let contents = self.contents(record, section, address)?;
                patches.push(Patch { region, offset: start + record.offset(), contents });
            }
            records = rest;
        }
        Ok(patches)
    }

    /// The new contents of the place that `record` changes, which will be seen at `address`.
    fn contents(
        &self,
        record: &Relocation,
        section: &Section<'o>,
        address: u64,
    ) -> Result<Encoded, RelocateError> {
        let symbol = self.object.symbol(record.symbol()).ok_or(RelocateError::ForeignPlan)?;
        let refuse = |cause| RelocateError::Record {
            section: section.name().into(),
            offset: record.offset(),
            kind: record.kind(),
            symbol: symbol.label(record.symbol()),
            addend: record.addend(),
            cause,
        };
        let base = self.address(record.symbol(), symbol)?;
        let target = base.checked_add_signed(record.addend()).ok_or_else(|| refuse(Misfit::Wraps))?;
        if record.kind().is_branch() {
            self.check_branch(record, symbol, target).map_err(refuse)?;
        }
        let value = record.kind().value(address, target).map_err(|cause| refuse(Misfit::Value(cause)))?;
        let old = section.data().get(record.offset()..).and_then(<[u8]>::first_chunk);
        let old = old.map_or(0, |word| u32::from_le_bytes(*word));
        Ok(record.kind().encode(value, old))
    }

    /// The address of a symbol.
    fn address(&self, number: usize, symbol: &Symbol<'_>) -> Result<u64, RelocateError> {
        let address = match symbol.place() {
            Place::Import => self.imports.address(number),
            _ => address_of(symbol, self.plan, self.bases),
        };
        address.ok_or(RelocateError::ForeignPlan)
    }

    /// A branch may lead to the start of an import, or to an instruction of this object.
    fn check_branch(&self, record: &Relocation, symbol: &Symbol<'_>, target: u64) -> Result<(), Misfit> {
        let is_good = match symbol.place() {
            Place::Import => record.addend() == 0,
            _ => target
                .checked_sub(self.bases.text)
                .is_some_and(|offset| offset < self.plan.text_bytes() as u64),
        };
        if is_good { Ok(()) } else { Err(Misfit::BranchOutOfText) }
    }
}

//! Exporter: a part of a domain that has names to give, as the linker sees it.

use crate::authority::authority;
use crate::symbols;
use alloc::sync::Arc;
use spindle_domain::DomainId;
use spindle_linker::note::NoteError;
use spindle_linker::{Charged, CrateSet, LinkError, Linkage, PublishedTable, SourceId};

use super::load::LoadError;
use super::means::Means;

/// The kernel, among the sources of an object. No domain has this number.
pub(super) const KERNEL: SourceId = SourceId(0);

/// A part of a domain that exports names.
#[derive(Clone, Debug)]
pub(super) enum Exporter {
    /// Some of the kernel's own crates.
    Kernel(CrateSet),
    /// What an extension publishes.
    Unit(DomainId, Arc<PublishedTable>),
}

impl Exporter {
    /// Gives `linkage` what is open and here, bound to `means`; says how many names that were.
    pub(super) fn link(&self, linkage: &mut Linkage, means: &Means) -> Result<usize, LoadError> {
        let count = match self {
            Self::Kernel(crates) => {
                let (allocator, slots) = (means.heap.allocator(), means.slots_address());
                linkage.link(KERNEL, &Charged { exports: kernel()?, allocator, slots }, crates)
            }
            Self::Unit(id, table) => linkage.link(source_of(*id), &**table, &all()),
        };
        Ok(count.map_err(LinkError::Resolve)?)
    }

    /// Takes back what was given; says how many names that were.
    pub(super) fn unlink(&self, linkage: &mut Linkage) -> usize {
        match self {
            Self::Kernel(crates) => linkage.unlink(KERNEL, crates),
            Self::Unit(id, _) => linkage.unlink(source_of(*id), &all()),
        }
    }
}

fn kernel() -> Result<&'static symbols::KernelSymbols<'static>, NoteError> {
    symbols::kernel()
}

/// Whatever an extension publishes, it publishes to all that may link to it.
pub(super) fn all() -> CrateSet {
    (0..CrateSet::CAPACITY).collect()
}

/// What a linkage calls the domain `id`.
pub(super) fn source_of(id: DomainId) -> SourceId {
    SourceId(id.number())
}

/// The domain that a linkage calls `source`, if it is not the kernel.
pub(super) fn unit_of(source: SourceId) -> Option<DomainId> {
    (source != KERNEL).then(|| DomainId::new(authority(), source.0))
}

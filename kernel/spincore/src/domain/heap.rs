//! Heap: what domains have on the heap, and when it is given back.
//!
//! Each object allocates from a heap of its own, because its references to the allocator are bound to it when it is linked. So what
//! a domain has is known without asking it. Versions that take each other's place have one heap between them: what the old one hands
//! over lies on it.
//!
//! A domain's end gives its heap back as a whole, whatever was leaked or left in statics. That is sound when nobody else holds a
//! block of it. Values leave a domain on these ways only:
//!
//! - *To the kernel*, which is given closures and what goes with them, and drops them with what it withdraws, which is over
//!   before the end (`ending`). What it keeps beyond that it has copied. That holds for generic functions of the
//!   interfaces too, which are compiled into whoever calls them: what is kept of an event (book, tables, the list of events)
//!   is made by code of the crate that declares it, by way of functions that are named in its declaration.
//! - *To a domain that is linked to it, or that it is linked to*: that is noted when either is placed.
//! - *To a domain that imports one of its names, or whose authorizer it asks*: the nameserver tells.
//! - *To another version of it*: that has the same heap.
//!
//! Whoever else sees a value of it has got it from one of these. So [`super::custody`] keeps the heap until none of them is left.

use super::custody::Custody;
use crate::authority::authority;
use alloc::sync::Arc;
use alloc::vec::Vec;
use spindle_domain::DomainId;
use spindle_linker::Allocator;
use spindle_machine::own_heap::{self, NoHeap, OwnHeap, Usage};
use spindle_sync::Lock;

/// Lock order: after the table of domains, before the locks of heaps.
static CUSTODY: Lock<Custody<Arc<Heap>>> = Lock::new(Custody::new());

/// Where objects allocate from. Dropping it gives all of it back.
#[derive(Debug)]
pub(super) struct Heap(Option<OwnHeap>);

impl Heap {
    /// A heap of at most `limit_bytes`.
    pub(super) fn new(limit_bytes: usize) -> Result<Arc<Self>, NoHeap> {
        Ok(Arc::new(Self(Some(OwnHeap::new(limit_bytes)?))))
    }

    /// What an object is linked to in order to allocate from it.
    pub(super) fn allocator(&self) -> Allocator {
        let address = |of: fn(own_heap::Ways) -> spindle_machine::address::VirtAddr| {
            self.0.as_ref().map_or(0, |own| of(own.ways()).0 as u64)
        };
        Allocator {
            allocate: address(|ways| ways.allocate),
            allocate_zeroed: address(|ways| ways.allocate_zeroed),
            reallocate: address(|ways| ways.reallocate),
        }
    }

    /// What it is used for.
    pub(super) fn usage(&self) -> Usage {
        self.0.as_ref().map_or(Usage::default(), OwnHeap::usage)
    }
}

impl PartialEq for Heap {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        if let Some(own) = self.0.take() {
            own_heap::release(own, authority());
        }
    }
}

/// The domain `id` is in its place, and allocates from `heap`.
pub(super) fn enter(id: DomainId, heap: Arc<Heap>) {
    CUSTODY.lock().enter(id.number(), heap);
}

/// Values can go from one of both to the other from now on.
///
/// # Context
/// Not in interrupt context. Before the first of them does.
pub(crate) fn acquaint(one: DomainId, other: DomainId) {
    CUSTODY.lock().acquaint(one.number(), other.number());
}

/// The domain `id` has ended: none of its code can run, and nothing of it is left in the kernel. Gives back what nobody can hold.
pub(super) fn leave(id: DomainId) {
    let gone: Vec<Arc<Heap>> = CUSTODY.lock().leave(id.number(), |heap| heap.usage().bytes == 0);
    // Without the lock: page tables are changed.
    drop(gone);
}

/// Bytes that are left of ended domains.
pub(crate) fn custody_bytes() -> usize {
    CUSTODY.lock().left_over().map(|heap| heap.usage().bytes).sum()
}

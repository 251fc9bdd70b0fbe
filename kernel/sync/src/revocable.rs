//! A value that whoever gave it can take back: its users hold a cell, which holds the value until then.
//!
//! A handle is a counted pointer to a cell, and the cell holds the address of its target, or null once that was revoked.
//! The cell is of one type whatever the target's is, so a handle that has forgotten the type is the same pointer, and what
//! is left behind of a revoked target is memory of the kernel's, without any code of whoever gave it.
//!
//! # Why a user is safe
//!
//! The reference lives inside [`Revocable::with`] only, and a core announces quiet only outside of it (see
//! [`crate::grace`]). The target's end is a retired job: it runs when every core has been quiet since its address was taken
//! out. So whoever found the address is out by then, and nobody finds it any more. The same goes for what was never
//! revoked: when the last handle is dropped its target is retired too. So a target is never dropped by a user of it.
//!
//! # Orderings
//!
//! `target` is set where the cell is made and changed once, to null. What it points to was written before the first handle
//! could be handed on, and whoever hands one to another core synchronises with it. So no order comes of reading `target`,
//! and its loads and its swap are relaxed. That the swap comes before the end is the queue's promise: a job's push is a
//! release, its taking an acquire.
//!
//! Knows nothing of domains, nor of who may revoke.
//!
//! # Source
//!
//! Redell, *Naming and protection in extendible operating systems*, MIT TR-140, 1974: access by way of a revoker. Here it
//! is one indirection that all handles share, and the end of it is a grace period.

use alloc::sync::{Arc, Weak};
use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::grace::{Grace, Retired};
use crate::primitive::{AtomicPtr, Ordering, UnsafeCell};
use crate::reading::Reading;

/// A handle to a `T` that can be revoked.
pub struct Revocable<T: 'static> {
    // INVARIANT: the cell's target is null, or a `T` that is valid until the cell's `end` is run.
    cell: Arc<Cell>,
    _target: PhantomData<fn() -> T>,
}

/// A handle to a target of some type.
#[derive(Clone)]
pub struct AnyRevocable {
    cell: Arc<Cell>,
}

/// What finds the handles of a target without keeping it.
#[derive(Clone)]
pub struct WeakRevocable {
    cell: Weak<Cell>,
}

/// Where a target is.
struct Cell {
    // INVARIANT: null, or the address of a value of the type of `type_id` which is `Sync`, and which is valid until `end`
    // is run.
    target: AtomicPtr<()>,
    type_id: TypeId,
    grace: &'static Grace,
    // INVARIANT: `Some` as long as `target` is not null; touched only by who has changed that to null.
    end: UnsafeCell<Option<Retired>>,
}

// SAFETY: all fields are shared freely but `end`, which the swap of `target` makes exclusive, and a `Retired` is `Send`.
unsafe impl Sync for Cell {}
// SAFETY: as above; `target` is an address of something that is `Sync`, and is owned by the job in `end`.
unsafe impl Send for Cell {}

impl<T: Send + Sync + 'static> Revocable<T> {
    /// Makes a handle to `value`. A grace period of `grace` after its end has begun, this share of the value is dropped, and
    /// then `after` runs.
    ///
    /// # Context
    /// Not in an interrupt: it allocates.
    #[inline]
    pub fn new(grace: &'static Grace, value: Arc<T>, after: impl FnOnce() + Send + 'static) -> Self {
        let target = Arc::as_ptr(&value);
        let end = Retired::new(move || {
            drop(value);
            after();
        });
        Self::of(grace, target, end)
    }
}

impl<T: Sync + 'static> Revocable<T> {
    /// Makes a handle to `value`, which stays where it is. A grace period of `grace` after its end has begun, `after` runs.
    ///
    /// # Context
    /// Not in an interrupt: it allocates.
    #[inline]
    pub fn of_static(
        grace: &'static Grace,
        value: &'static T,
        after: impl FnOnce() + Send + 'static,
    ) -> Self {
        Self::of(grace, ptr::from_ref(value), Retired::new(after))
    }
}

impl<T: 'static> Revocable<T> {
    /// `target` is valid until `end` runs, and may be shared by threads.
    #[inline]
    fn of(grace: &'static Grace, target: *const T, end: Retired) -> Self {
        let cell = Cell::new(target.cast_mut().cast(), TypeId::of::<T>(), grace, end);
        Self { cell, _target: PhantomData }
    }

    /// Runs `f` with the target, which stays whole for as long as `f` runs; not at all, once it was revoked.
    ///
    /// # Panics
    /// On the host, when the thread is not registered with this handle's grace.
    ///
    /// # Context
    /// Any core, interrupts included. Neither locks nor allocates.
    #[inline(always)]
    pub fn with<U>(&self, f: impl FnOnce(&T) -> U) -> Option<U> {
        let _reading = Reading::enter(self.cell.grace);
        // Relaxed: see the module.
        let target = NonNull::new(self.cell.target.load(Ordering::Relaxed))?;
        // SAFETY: a valid `T` by the invariant, and its end is not run before this core is quiet, which it is not inside
        // `with`.
        Some(f(unsafe { target.cast::<T>().as_ref() }))
    }

    /// Takes the target from all its users, those inside excepted; false when that was done before.
    ///
    /// # Context
    /// Any but interrupts. Takes no lock and does not allocate.
    pub fn revoke(&self) -> bool {
        self.cell.revoke()
    }

    /// Whether the target was revoked. It can be by the time that this is known.
    pub fn is_revoked(&self) -> bool {
        self.cell.is_revoked()
    }

    /// What all handles of one target have in common, for as long as there is one of them, and no others have.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.cell).addr()
    }

    /// The same handle, with its type forgotten.
    pub fn erase(&self) -> AnyRevocable {
        AnyRevocable { cell: self.cell.clone() }
    }

    /// What finds this handle without keeping its target.
    pub fn downgrade(&self) -> WeakRevocable {
        WeakRevocable { cell: Arc::downgrade(&self.cell) }
    }

    /// Where the function lies that will end the target: compiled into the crate that made the handle. None once it was
    /// revoked, and none may do so meanwhile: for who has just made it.
    pub fn code(&mut self) -> Option<usize> {
        Arc::get_mut(&mut self.cell)?.code()
    }
}

impl AnyRevocable {
    /// The handle with its type, if that is the target's.
    pub fn typed<T: 'static>(&self) -> Option<Revocable<T>> {
        let is_right = self.cell.type_id == TypeId::of::<T>();
        is_right.then(|| Revocable { cell: self.cell.clone(), _target: PhantomData })
    }

    /// Takes the target from all its users, those inside excepted; false when that was done before.
    ///
    /// # Context
    /// Any but interrupts. Takes no lock and does not allocate.
    pub fn revoke(&self) -> bool {
        self.cell.revoke()
    }

    /// Whether the target was revoked. It can be by the time that this is known.
    pub fn is_revoked(&self) -> bool {
        self.cell.is_revoked()
    }

    /// As that of a handle with its type.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.cell).addr()
    }
}

impl WeakRevocable {
    /// A handle, as long as there is another one.
    pub fn upgrade(&self) -> Option<AnyRevocable> {
        self.cell.upgrade().map(|cell| AnyRevocable { cell })
    }
}

impl Cell {
    /// Apart, so that no caller has a copy of it.
    #[inline(never)]
    fn new(target: *mut (), type_id: TypeId, grace: &'static Grace, end: Retired) -> Arc<Self> {
        Arc::new(Self { target: AtomicPtr::new(target), type_id, grace, end: UnsafeCell::new(Some(end)) })
    }

    fn code(&mut self) -> Option<usize> {
        // SAFETY: `&mut self` proves that nobody else is here.
        self.end.with_mut(|end| unsafe { &*end }.as_ref().map(Retired::code))
    }

    fn is_revoked(&self) -> bool {
        // Relaxed: see the module.
        self.target.load(Ordering::Relaxed).is_null()
    }

    #[inline(never)]
    fn revoke(&self) -> bool {
        // Relaxed: see the module.
        if self.target.swap(ptr::null_mut(), Ordering::Relaxed).is_null() {
            return false;
        }
        // SAFETY: this call has changed `target` to null, so nobody else is here.
        let end = self.end.with_mut(|end| unsafe { &mut *end }.take());
        if let Some(end) = end {
            self.grace.retire(end);
        }
        true
    }
}

impl Drop for Cell {
    // Not part of the glue that every user of a handle is compiled with.
    #[inline(never)]
    fn drop(&mut self) {
        // Without a handle there is nobody inside. It is retired all the same: its end is code of whoever made it, and
        // not for this caller to run.
        self.revoke();
    }
}

impl<T: 'static> Clone for Revocable<T> {
    fn clone(&self) -> Self {
        Self { cell: self.cell.clone(), _target: PhantomData }
    }
}

impl<T: 'static> fmt::Debug for Revocable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocable").finish_non_exhaustive()
    }
}

impl fmt::Debug for AnyRevocable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyRevocable").field("is_revoked", &self.is_revoked()).finish_non_exhaustive()
    }
}

impl fmt::Debug for WeakRevocable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakRevocable").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

//! A call that is ready to be made: state and code side by side, as a walk over handlers wants them.
//!
//! What `Arc<dyn Fn(&A, &C)>` is, without the way by a vtable: the code's address lies beside that of the state, so
//! calling costs one load of a pair and one branch. Rows of these lie side by side in a table, and a row is shared by
//! counting, not copied.
//!
//! Invariant: `state` came from `Arc::into_raw` of the type that `code` and `ops` were made for, and this thunk owns one
//! count of it.
//!
//! Knows nothing of events, guards or results; that is what `A` and `C` are for.

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::boundary;

/// What can be called with arguments `A` in a context `C`.
pub trait Call<A: ?Sized, C>: Send + Sync + 'static {
    /// Does it.
    fn call(&self, args: &A, context: &C);
}

/// State and code of a [`Call`].
// The order of the fields is the order in which a walk needs them.
#[repr(C)]
pub struct Thunk<A: ?Sized + 'static, C: 'static> {
    // INVARIANT: see the module.
    state: NonNull<()>,
    code: unsafe fn(NonNull<()>, &A, &C),
    ops: &'static Ops,
    _calls: PhantomData<fn(&A, &C)>,
}

/// What else can be done with the state of one type.
struct Ops {
    /// Counts one owner more.
    share: unsafe fn(NonNull<()>),
    /// Counts one owner less.
    release: unsafe fn(NonNull<()>),
}

// SAFETY: owns one count of a `T: Call`, which is `Send` and `Sync`.
unsafe impl<A: ?Sized, C> Send for Thunk<A, C> {}
// SAFETY: as above; `call` takes `&self` to a `Sync` state.
unsafe impl<A: ?Sized, C> Sync for Thunk<A, C> {}

impl<A: ?Sized + 'static, C: 'static> Thunk<A, C> {
    /// Makes one of `state`.
    pub fn new<T: Call<A, C>>(state: Arc<T>) -> Self {
        // SAFETY: `Arc::into_raw` never gives null.
        let state = unsafe { NonNull::new_unchecked(Arc::into_raw(state).cast_mut()) };
        let ops = const { &Ops { share: share::<T>, release: release::<T> } };
        Self { state: state.cast(), code: call::<T, A, C>, ops, _calls: PhantomData }
    }

    /// Calls it.
    ///
    /// # Context
    ///
    /// As what it was made of.
    #[inline(always)]
    pub fn call(&self, args: &A, context: &C) {
        // SAFETY: `state` is what `code` was made for, and lives for as long as this thunk owns a count of it.
        unsafe { (self.code)(self.state, args, context) }
    }

    /// Where its state lies, which is where [`Call::call`] finds it: no two live ones of a different state have the same.
    pub fn address(&self) -> usize {
        self.state.addr().get()
    }

    /// Where its code lies: whose it is. Compiled into the crate that made it.
    pub fn code(&self) -> usize {
        self.code as *const () as usize
    }

    /// Where the code for calls of `T` lies, before there is one.
    pub fn code_of<T: Call<A, C>>() -> usize {
        let code: unsafe fn(NonNull<()>, &A, &C) = call::<T, A, C>;
        code as *const () as usize
    }
}

impl<A: ?Sized, C> Clone for Thunk<A, C> {
    fn clone(&self) -> Self {
        // SAFETY: `state` is what `ops` was made for, and this thunk keeps it alive meanwhile.
        unsafe { (self.ops.share)(self.state) };
        Self { state: self.state, code: self.code, ops: self.ops, _calls: PhantomData }
    }
}

impl<A: ?Sized, C> Drop for Thunk<A, C> {
    fn drop(&mut self) {
        // SAFETY: this thunk owns one count, and gives it up here.
        unsafe { (self.ops.release)(self.state) };
    }
}

impl<A: ?Sized, C> fmt::Debug for Thunk<A, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thunk").finish_non_exhaustive()
    }
}

/// # Safety
///
/// `state` is a live `T`.
unsafe fn call<T: Call<A, C>, A: ?Sized, C>(state: NonNull<()>, args: &A, context: &C) {
    // SAFETY: by the caller's promise.
    let state = unsafe { state.cast::<T>().as_ref() };
    state.call(args, context);
    boundary::stay();
}

/// # Safety
///
/// `state` came from `Arc::<T>::into_raw`, and a count of it is owned by somebody.
unsafe fn share<T>(state: NonNull<()>) {
    // SAFETY: by the caller's promise.
    unsafe { Arc::increment_strong_count(state.cast::<T>().as_ptr().cast_const()) }
}

/// # Safety
///
/// `state` came from `Arc::<T>::into_raw`, and the caller gives up a count of it.
unsafe fn release<T>(state: NonNull<()>) {
    // SAFETY: by the caller's promise.
    drop(unsafe { Arc::from_raw(state.cast::<T>().as_ptr().cast_const()) });
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::sync::Arc;
    use core::cell::Cell;

    use super::{Call, Thunk};

    struct Add(u32, #[expect(dead_code, reason = "its count is what is looked at")] Arc<()>);

    impl Call<u32, Cell<u32>> for Add {
        fn call(&self, args: &u32, context: &Cell<u32>) {
            context.set(context.get() + self.0 + *args);
        }
    }

    #[test]
    fn a_thunk_calls_with_its_state_and_its_copies_do_too() {
        let thunk = Thunk::new(Arc::new(Add(3, Arc::new(()))));
        let copy = thunk.clone();
        let sum = Cell::new(0);
        thunk.call(&10, &sum);
        drop(thunk);
        copy.call(&20, &sum);
        assert_eq!(sum.get(), 36);
        assert_eq!(copy.code(), Thunk::<u32, Cell<u32>>::code_of::<Add>());
    }

    #[test]
    fn the_state_goes_with_the_last_of_its_thunks() {
        let alive = Arc::new(());
        let thunk = Thunk::<u32, Cell<u32>>::new(Arc::new(Add(0, Arc::clone(&alive))));
        let copies = [thunk.clone(), thunk.clone()];
        drop(thunk);
        assert_eq!(Arc::strong_count(&alive), 2);
        drop(copies);
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}

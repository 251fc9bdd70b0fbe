//! Being inside a read of a [`Snapshot`](crate::Snapshot): free in the kernel, checked on the host.
//!
//! In the kernel every thread of execution is a registered core, which the caller of
//! [`Grace::register`](crate::Grace::register) has promised. On the host any thread can call, so a thread
//! carries the grace it is registered with and how deep it is in reads.

#[cfg(not(target_os = "none"))]
pub(crate) use host::{assert_is_no_core, forget, is_inside, remember};

use crate::grace::Grace;

/// Exists while a snapshot of a grace is being read on this core.
pub(crate) struct Reading {
    #[cfg(not(target_os = "none"))]
    _inside: host::Inside,
}

impl Reading {
    /// Enters a read.
    #[inline(always)]
    #[cfg_attr(target_os = "none", expect(unused_variables, reason = "only the host checks"))]
    pub(crate) fn enter(grace: &Grace) -> Self {
        Self {
            #[cfg(not(target_os = "none"))]
            _inside: host::Inside::enter(grace),
        }
    }
}

#[cfg(not(target_os = "none"))]
mod host {
    use core::cell::Cell;
    use core::ptr;

    use crate::grace::Grace;
    use crate::primitive::per_thread;

    per_thread! {
        static GRACE: *const Grace = ptr::null();
        static DEPTH: usize = 0;
    }

    /// Refuses a thread that is registered with a grace.
    pub(crate) fn assert_is_no_core() {
        assert!(GRACE.with(Cell::get).is_null(), "this thread is registered with a grace already");
    }

    /// Notes that this thread is registered with `grace`.
    pub(crate) fn remember(grace: &'static Grace) {
        GRACE.with(|here| here.set(ptr::from_ref(grace)));
    }

    /// Notes that this thread is registered with none.
    pub(crate) fn forget() {
        GRACE.with(|here| here.set(ptr::null()));
    }

    /// Tells whether this thread is inside a read.
    pub(crate) fn is_inside() -> bool {
        DEPTH.with(Cell::get) != 0
    }

    pub(super) struct Inside;

    impl Inside {
        pub(super) fn enter(grace: &Grace) -> Self {
            let here = GRACE.with(Cell::get);
            assert!(
                ptr::eq(here, grace),
                "this thread reads a snapshot whose grace it is not registered with"
            );
            DEPTH.with(|depth| depth.set(depth.get() + 1));
            Self
        }
    }

    impl Drop for Inside {
        fn drop(&mut self) {
            DEPTH.with(|depth| depth.set(depth.get() - 1));
        }
    }
}

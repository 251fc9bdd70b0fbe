//! The atomics and cells everything else is written with: `core`'s, or under `cfg(loom)` loom's. The only
//! file that knows loom.
//!
//! What stands here has one form on both sides, so that the models run the source that ships.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
#[cfg(loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence},
};

/// Lets another thread of the model or of the host run.
#[cfg(not(target_os = "none"))]
pub(crate) fn step_aside() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    std::thread::yield_now();
}

/// `core`'s cell with the face of loom's, which sees each access begin and end.
#[cfg(not(loom))]
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Runs `f` with a pointer to read through.
    #[inline(always)]
    pub(crate) fn with<U>(&self, f: impl FnOnce(*const T) -> U) -> U {
        f(self.0.get().cast_const())
    }

    /// Runs `f` with a pointer to write through.
    #[inline(always)]
    pub(crate) fn with_mut<U>(&self, f: impl FnOnce(*mut T) -> U) -> U {
        f(self.0.get())
    }
}

/// Makes a function `const`, except under loom, whose atomics cannot be made in a constant.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$meta])* $vis const fn $($rest)*
        #[cfg(loom)]
        $(#[$meta])* $vis fn $($rest)*
    };
}

/// One of each for every core.
macro_rules! for_each_core {
    ($make:expr) => {{
        #[cfg(not(loom))]
        {
            [const { $make }; $crate::MAX_CORES]
        }
        #[cfg(loom)]
        {
            core::array::from_fn(|_| $make)
        }
    }};
}

/// A cell of each thread of the host or of the model, with a constant to begin with.
#[cfg(not(target_os = "none"))]
macro_rules! per_thread {
    ($(static $name:ident: $type:ty = $value:expr;)*) => {
        #[cfg(not(loom))]
        std::thread_local! { $(static $name: core::cell::Cell<$type> = const { core::cell::Cell::new($value) };)* }
        #[cfg(loom)]
        loom::thread_local! { $(static $name: core::cell::Cell<$type> = core::cell::Cell::new($value);)* }
    };
}

pub(crate) use const_unless_loom;
pub(crate) use for_each_core;
#[cfg(not(target_os = "none"))]
pub(crate) use per_thread;

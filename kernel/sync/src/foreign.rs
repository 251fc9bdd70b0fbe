//! Foreign: a value whose destructor is somebody else's code, and is given up when it fails or takes too long.
//!
//! What holds handlers of several domains drops them one after the other, in the middle of something. A destructor that panics, or
//! does not come to its end, must take nothing else with it.
//!
//! Does not know whose the value is, but for where its code lies; the kernel says who is told ([`set_told`]).

use core::mem::{ManuallyDrop, needs_drop};
use core::ops::Deref;

use crate::authority::Authority;
use crate::boundary::{self, End};
use crate::once::Once;
use crate::this_core;

/// How long a destructor may take, in parts of a second: nobody else has a turn on the core meanwhile.
const LIMITS_PER_SECOND: u64 = 10;

static TOLD: Once<fn(usize, End)> = Once::INIT;

/// Says who is told of a destructor that was given up: where its code lies, and how it ended. The first call counts.
pub fn set_told(_: &Authority, told: fn(usize, End)) {
    TOLD.call_once(|| told);
}

/// A value whose destructor may fail.
#[derive(Debug)]
pub struct Foreign<T>(ManuallyDrop<T>);

impl<T> Foreign<T> {
    /// Holds `value`.
    pub const fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }

    /// Apart, so that it lies in the code of whoever made the value.
    extern "C-unwind" fn destroy(value: &mut ManuallyDrop<T>) {
        // SAFETY: called once, by `drop`, behind which nobody has the value.
        unsafe { ManuallyDrop::drop(value) };
    }
}

impl<T> Deref for Foreign<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for Foreign<T> {
    fn drop(&mut self) {
        if !needs_drop::<T>() {
            return;
        }
        let destroy: extern "C-unwind" fn(&mut ManuallyDrop<T>) = Self::destroy;
        let code = destroy as *const () as usize;
        let limit = this_core::ticks_per_second() / LIMITS_PER_SECOND;
        let end = boundary::call(code, limit, destroy, &mut self.0);
        if let (Some(end), Some(told)) = (end, TOLD.get()) {
            told(code, end);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::vec;

    use super::Foreign;
    use crate::GRACE;

    struct Explosive;

    impl Drop for Explosive {
        fn drop(&mut self) {
            panic!("it was to be expected");
        }
    }

    #[test]
    fn a_destructor_that_panics_takes_nothing_else_with_it() {
        let _core = GRACE.register_thread();
        let other = std::sync::Arc::new(());
        drop(vec![(Some(Foreign::new(Explosive)), None), (None, Some(Foreign::new(other.clone())))]);
        assert_eq!(std::sync::Arc::strong_count(&other), 1);
    }
}

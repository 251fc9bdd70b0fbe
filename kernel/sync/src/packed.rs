//! A value on its way from code of one build to code of another: known by its shape alone.
//!
//! Invariant: `value` came from `Box::into_raw` of the type that `shape` and `discard` were made for, and is this one's
//! alone.
//!
//! Whoever carries one over does so while the code that packed it can run: that is what drops what nobody unpacks.

use alloc::boxed::Box;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use crate::hand_over::{HandOver, Shape};

/// A value of which only the shape is known.
pub struct Packed {
    // INVARIANT: see the module.
    value: NonNull<()>,
    shape: &'static Shape,
    discard: unsafe fn(NonNull<()>),
}

impl Packed {
    /// Packs a value.
    ///
    /// # Context
    /// Allocates.
    pub fn new<T: HandOver>(value: T) -> Self {
        let value = NonNull::from(Box::leak(Box::new(value)));
        Self { value: value.cast(), shape: T::SHAPE, discard: discard::<T> }
    }

    /// What the value is made of.
    pub fn shape(&self) -> &'static Shape {
        self.shape
    }

    /// The value.
    ///
    /// # Errors
    /// Gives back what is of another shape than `T`.
    pub fn unpack<T: HandOver>(self) -> Result<T, Self> {
        if *self.shape != *T::SHAPE {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: a box of a type of the same shape, hence of the layout of `T`, by the promise of `HandOver`; it is this
        // one's alone, which is not dropped.
        let value = unsafe { Box::from_raw(this.value.cast::<T>().as_ptr()) };
        Ok(*value)
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        // SAFETY: `value` is what `discard` was made for, and is given up here.
        unsafe { (self.discard)(self.value) };
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Packed").field(&self.shape.text).finish()
    }
}

/// # Safety
/// `value` came from `Box::into_raw` of a `T` that the caller owns.
unsafe fn discard<T>(value: NonNull<()>) {
    // SAFETY: by the caller's promise.
    drop(unsafe { Box::from_raw(value.cast::<T>().as_ptr()) });
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::string::String;
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;
    use core::sync::atomic::{AtomicU64, Ordering};

    use super::Packed;
    use crate::hand_over::HandOver;

    crate::hand_over! { struct Tally { count: Arc<AtomicU64>, names: Vec<String> } }

    mod other_version {
        use alloc::string::String;
        use alloc::sync::Arc;
        use alloc::vec::Vec;
        use core::sync::atomic::AtomicU64;

        crate::hand_over! {
            pub(super) struct Tally { pub(super) count: Arc<AtomicU64>, pub(super) names: Vec<String> }
        }
        crate::hand_over! { pub(super) struct Other { pub(super) count: Arc<AtomicU64> } }
    }

    #[test]
    fn another_version_finds_what_was_packed_and_shares_what_is_shared() {
        let count = Arc::new(AtomicU64::new(3));
        let packed = Packed::new(Tally { count: Arc::clone(&count), names: vec!["one".into()] });
        let tally = packed.unpack::<other_version::Tally>().expect("one shape");
        count.fetch_add(1, Ordering::Relaxed);
        assert_eq!((tally.count.load(Ordering::Relaxed), &*tally.names), (4, &["one".into()][..]));
        drop(tally);
        assert_eq!(Arc::strong_count(&count), 1);
    }

    #[test]
    fn what_is_of_another_shape_is_given_back_and_dropped_once() {
        let count = Arc::new(AtomicU64::new(3));
        let packed = Packed::new(Tally { count: Arc::clone(&count), names: Vec::new() });
        assert_eq!(packed.shape(), Tally::SHAPE);
        let packed = packed.unpack::<other_version::Other>().map(|_| ()).expect_err("another");
        assert_eq!(Arc::strong_count(&count), 2);
        drop(packed);
        assert_eq!(Arc::strong_count(&count), 1);
    }

    #[test]
    fn a_value_of_no_size_can_be_packed() {
        assert_eq!(Packed::new(()).unpack::<()>().ok(), Some(()));
    }
}

//! A value on the kernel's own heap, whoever puts it there.
//!
//! What generic code allocates is charged to the domain into whose object it was compiled, and lies where that domain's memory
//! lies. What the kernel is to rely on when the domain does not work any more has to lie elsewhere. This asks for memory by a
//! function that is compiled once, into the kernel. Who frees it makes no difference.
//!
//! Source: `docs/decisions/0028-heap-of-a-domain.md`, 0031.

use alloc::alloc::{alloc, handle_alloc_error};
use alloc::boxed::Box;
use core::alloc::Layout;
use core::ptr::NonNull;

/// `value`, on the kernel's heap. What it points to lies where it lay.
///
/// # Context
///
/// Not in an interrupt: it allocates. The kernel ends if it has no memory left.
pub fn kept<T>(value: T) -> Box<T> {
    if size_of::<T>() == 0 {
        return Box::new(value);
    }
    let place = memory(Layout::new::<T>()).cast::<T>();
    // SAFETY: fresh memory of this layout, and nobody else's.
    unsafe { place.write(value) };
    // SAFETY: written just now, and allocated by the global allocator with the layout of a `T`.
    unsafe { Box::from_raw(place.as_ptr()) }
}

/// Memory of that layout. No generic code, so it is the kernel that asks.
#[inline(never)]
fn memory(layout: Layout) -> NonNull<u8> {
    assert!(layout.size() != 0, "nothing is not allocated");
    // SAFETY: not of no size.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;

    use super::kept;

    #[test]
    fn what_is_kept_is_there_and_goes_like_any_box() {
        let value = Arc::new(7);
        let kept_value = kept((value.clone(), [3_u8; 40]));
        assert_eq!((*kept_value.0, kept_value.1[39]), (7, 3));
        drop(kept_value);
        assert_eq!(Arc::strong_count(&value), 1);
        assert_eq!(*kept(()), ());
    }
}

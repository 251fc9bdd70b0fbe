//! The proof of being the kernel, kept where all of this crate finds it.
//!
//! The machine mints it once and hands it to the first core's start. No function of this crate that extensions can reach
//! gives it out.

use alloc::boxed::Box;
use spindle_event::Owner;
use spindle_sync::{AtomicRef, Authority};

static AUTHORITY: AtomicRef<Authority> = AtomicRef::none();

/// The kernel's name among the domains, which no extension may have.
pub(crate) const KERNEL_NAME: &str = "kernel";

/// Owns the events that this crate declares.
pub(crate) static KERNEL: Owner = Owner::new();

/// Keeps the proof that the machine handed to the first core.
pub(crate) fn keep(authority: Authority) {
    // It has no size, so this takes no heap, which there is none yet.
    AUTHORITY.put(Some(Box::leak(Box::new(authority))));
}

/// The proof. It is kept in the first step of the start, before anything asks.
#[inline(always)]
pub(crate) fn authority() -> &'static Authority {
    match AUTHORITY.get() {
        Some(authority) => authority,
        None => missing(),
    }
}

#[cold]
fn missing() -> ! {
    panic!("the kernel asks for its proof before it has begun")
}

//! The proof of being the kernel, kept where all of this crate finds it.
//!
//! The machine mints it once and hands it to the first core's start. No function of this crate that extensions can reach
//! gives it out.

use spindle_event::Owner;
use spindle_sync::{Authority, Once};

static AUTHORITY: Once<Authority> = Once::INIT;

/// The kernel's name among the domains, which no extension may have.
pub(crate) const KERNEL_NAME: &str = "kernel";

/// Owns the events that this crate declares.
pub(crate) static KERNEL: Owner = Owner::new();

/// Keeps the proof that the machine handed to the first core.
pub(crate) fn keep(authority: Authority) {
    AUTHORITY.call_once(|| authority);
}

/// The proof. It is kept in the first step of the start, before anything asks.
pub(crate) fn authority() -> &'static Authority {
    AUTHORITY.wait()
}

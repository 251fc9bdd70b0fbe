//! Containment: a handler or guard that fails is given up, and its domain blamed by name.
//!
//! A panic is contained when it is an extension's own (the place it names lies among that extension's constants), when a
//! boundary stands below it, and when interrupts are enabled: then no lock is held. Every other panic is the kernel's.
//!
//! What is given up is told by the event crate ([`Trouble`]), is charged to the domain whose handler it was, and stands in
//! the log.

use crate::authority::authority;
use crate::whereabouts::{holding, running_at};
use crate::{domain, log};
use alloc::format;
use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use spindle_event::{End, Trouble, registry, trouble};
use spindle_sync::{MAX_CORES, boundary, this_core};

/// Whether a core is telling of a panic. A message that panics while it is formatted is not formatted again.
static TELLING: [AtomicBool; MAX_CORES] = [const { AtomicBool::new(false) }; MAX_CORES];

/// Begins to be told of trouble.
pub(crate) fn serve() {
    registry::set_domains(authority(), domain::name_at);
    trouble::set_kernel(authority(), charge);
}

/// Gives up what has panicked, if it can be contained; comes back if not.
///
/// # Context
/// The panic handler.
pub(crate) fn contain(info: &PanicInfo<'_>) {
    let Some(place) = info.location() else { return };
    let Some(culprit) = holding(ptr::from_ref(place).addr()) else { return };
    // A handler is given up for its own panic only. For a walk over guards it is whoever's.
    let is_its_own =
        boundary::innermost_code().is_some_and(|code| code == 0 || running_at(code) == Some(culprit));
    if this_core::is_masked() || !is_its_own {
        return;
    }
    let telling = &TELLING[this_core::index()];
    if !telling.swap(true, Ordering::Relaxed) {
        let message = format!("{}", info.message());
        let name = domain::name_at(ptr::from_ref(place).addr());
        log::warn(format_args!("{} panicked at {place}: {message}", name.as_deref().unwrap_or("a domain")));
    }
    telling.store(false, Ordering::Relaxed);
    boundary::give_up(authority(), End::Panicked);
}

/// Charges the domain whose handler had to be given up, in a later turn of the core where it was.
fn charge(trouble: &Trouble) {
    // Its message may have taken too long, so that nobody has said that it is told.
    TELLING[trouble.core.index()].store(false, Ordering::Relaxed);
    domain::strike(trouble.code);
    let name = domain::name_at(trouble.code);
    log::warn(format_args!("{}: {trouble}", name.as_deref().unwrap_or("kernel")));
}

//! Scarcity: who gets memory of the kernel's when little of it is left.
//!
//! What functions of the kernel make for an extension (a report, a list of names, an error's text, a capability) lies on the kernel's own
//! heap, and nobody is charged with it. Who leaks it uses that up. So the last of it is not for everybody: where the innermost
//! frame of an extension on the stack is that of one without control over the kernel, an allocation fails, which is the panic of that
//! extension, as if its own heap were full. All else gets what it asks for: the kernel on its own behalf, what contains a
//! failure and tells of it, and who has orders to give, so that the culprit can be unloaded. So does whoever has interrupts masked, who may hold a lock;
//! lists that extensions have grow are made room in before they are locked.
//!
//! Nobody pays for it as long as memory is not scarce, but with a comparison.

use crate::authority::authority;
use crate::{containment, whereabouts};
use spindle_machine::callers::Callers;
use spindle_machine::memory;

/// Begins to decide.
pub(crate) fn serve() {
    memory::set_judge(authority(), may_have);
}

/// Whether the code that calls this may have memory.
///
/// # Context
/// With interrupts enabled. Allocates nothing and takes no lock.
fn may_have() -> bool {
    containment::is_at_work()
        || Callers::here().and_then(containment::whose).is_none_or(whereabouts::has_control)
}

//! Guard: a predicate over an event's arguments, in front of a handler.
//!
//! A guard sees the arguments by shared reference and can not change them. Guard and handler are not one step: what
//! the guard saw outside the arguments may have changed when the handler runs.

/// Decides whether a handler runs for a raise.
///
/// Any `Fn(&A) -> bool` is one.
pub trait Guard<A: ?Sized>: Send + Sync + 'static {
    /// Whether the handler is to run for these arguments.
    fn holds(&self, args: &A) -> bool;
    /// False for a guard that can only say yes; such a handler is called straight.
    fn can_refuse(&self) -> bool {
        true
    }
}

/// Where the code of a guard of this type lies: whose it is.
pub(crate) fn code_of<A: ?Sized, G: Guard<A>>() -> usize {
    let holds: fn(&G, &A) -> bool = G::holds;
    holds as *const () as usize
}

impl<A: ?Sized, F: Fn(&A) -> bool + Send + Sync + 'static> Guard<A> for F {
    #[inline]
    fn holds(&self, args: &A) -> bool {
        self(args)
    }
}

/// The guard of a handler without one.
#[derive(Clone, Copy, Debug)]
pub struct Always;

impl<A: ?Sized> Guard<A> for Always {
    #[inline]
    fn holds(&self, _: &A) -> bool {
        true
    }
    #[inline]
    fn can_refuse(&self) -> bool {
        false
    }
}

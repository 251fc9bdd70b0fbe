//! Binding: what ties a handler and its guard to an event, and what an installer gets to take them off again.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_sync::Lock;

use crate::dispatch::Row;
use crate::merge::Merge;
use crate::order::Wish;
use crate::registry::Registered;

/// Names a binding for as long as the kernel runs; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(u64);

impl BindingId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for BindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// An installed handler, as its installer holds it.
///
/// Dropping a `Binding` leaves the handler installed: what holds it may be leaked, and the kernel removes what an
/// unloaded domain left behind anyway. For the other habit see [`Binding::scoped`].
pub struct Binding {
    shared: Arc<Shared>,
}

impl Binding {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// The binding's name.
    pub fn id(&self) -> BindingId {
        self.shared.id
    }

    /// Whether raises still reach the handler.
    pub fn is_installed(&self) -> bool {
        self.shared.event.lock().is_some()
    }

    /// Takes the handler off its event; true when this call did it, false when it was off already.
    ///
    /// Raises that begin afterwards do not reach the handler; one that began before may still be inside it. The
    /// handler's memory is freed after a grace period.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of the same event, never for a raise.
    pub fn uninstall(&self) -> bool {
        // The lock is let go of before the event is touched: the event may be in the middle of dropping us.
        let event = self.shared.event.lock().take();
        event.is_some_and(|event| event.remove(self.shared.id))
    }

    /// Turns this into a binding that uninstalls when it is dropped.
    pub fn scoped(self) -> Scoped {
        Scoped { binding: self }
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Binding").field(&self.id()).finish()
    }
}

/// A binding that uninstalls its handler when dropped.
#[derive(Debug)]
#[must_use = "dropping it uninstalls the handler at once"]
pub struct Scoped {
    binding: Binding,
}

impl Scoped {
    /// The binding inside.
    pub fn binding(&self) -> &Binding {
        &self.binding
    }
}

impl Drop for Scoped {
    fn drop(&mut self) {
        self.binding.uninstall();
    }
}

/// Why a handler was not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstallError {
    /// The event's domain is going or gone.
    Withdrawn {
        /// The event's name.
        event: String,
    },
    /// The event has its default handler already.
    DefaultTaken {
        /// The event's name.
        event: String,
    },
    /// The event has as many bindings as one event may have.
    TooMany {
        /// The event's name.
        event: String,
        /// How many that is.
        limit: usize,
    },
    /// The handler is to run before or after one that is bound to another event.
    AnchorElsewhere {
        /// The event's name.
        event: String,
        /// The binding at the other event.
        anchor: BindingId,
    },
    /// The handler is to run before or after one that is not installed any more.
    AnchorGone {
        /// The event's name.
        event: String,
        /// The binding that is off.
        anchor: BindingId,
    },
    /// The handler is to run before or after the default handler, which runs alone or not at all.
    AnchorIsDefault {
        /// The event's name.
        event: String,
        /// The default handler's binding.
        anchor: BindingId,
    },
    /// The handler would have to run before itself.
    Cycle {
        /// The event's name.
        event: String,
        /// The binding refused, and those that lead back to it: each must run before the next, the last before the
        /// first.
        cycle: Vec<BindingId>,
    },
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Withdrawn { event } => write!(f, "event `{event}` is withdrawn"),
            Self::DefaultTaken { event } => write!(f, "event `{event}` has a default handler already"),
            Self::TooMany { event, limit } => write!(f, "event `{event}` has {limit} bindings already"),
            Self::AnchorElsewhere { event, anchor } => {
                write!(f, "order names binding {anchor}, which is not of event `{event}`")
            }
            Self::AnchorGone { event, anchor } => {
                write!(f, "order names binding {anchor} of event `{event}`, which is gone")
            }
            Self::AnchorIsDefault { event, anchor } => {
                write!(f, "order names binding {anchor}, the default handler of event `{event}`")
            }
            Self::Cycle { event, cycle } => {
                write!(f, "order at event `{event}` goes in a circle: ")?;
                cycle.iter().try_for_each(|id| write!(f, "{id} before "))?;
                cycle.first().map_or(Ok(()), |first| write!(f, "{first}"))
            }
        }
    }
}

impl core::error::Error for InstallError {}

/// What a binding's holder and its event share. Knows no type of the handler, so holding it keeps no code alive.
pub(crate) struct Shared {
    pub(crate) id: BindingId,
    /// Where the event is; empty once the binding is off.
    ///
    /// Lock order: taken alone; the event's own lock is never held at the same time.
    event: Lock<Option<&'static dyn Registered>>,
}

impl Shared {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { id: BindingId::next(), event: Lock::new(None) })
    }

    pub(crate) fn attach(&self, event: &'static dyn Registered) {
        *self.event.lock() = Some(event);
    }

    pub(crate) fn detach(&self) {
        *self.event.lock() = None;
    }

    /// The name, if the binding is at `event`.
    pub(crate) fn at(&self, event: &dyn Registered) -> Result<BindingId, InstallError> {
        let found = *self.event.lock();
        let (name, anchor) = (|| event.name().into(), self.id);
        match found {
            None => Err(InstallError::AnchorGone { event: name(), anchor }),
            Some(other) if other.address() != event.address() => {
                Err(InstallError::AnchorElsewhere { event: name(), anchor })
            }
            Some(_) => Ok(anchor),
        }
    }
}

/// A binding as its event holds it.
pub(crate) struct Bound<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    pub(crate) row: Box<dyn Row<A, R, M>>,
    /// Where the handler's compiled code is: whose binding this is.
    pub(crate) code: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) wish: Wish<BindingId>,
}

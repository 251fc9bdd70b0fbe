//! Binding: what ties a handler and its guard to an event, and what an installer gets to take them off again.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use spindle_sync::grace::Entangled;

use crate::book::Book;
use crate::departure::Departure;
use crate::desk::Desk;
use crate::install_error::InstallError;
use crate::quota;
use crate::registry;
use crate::share::Share;

/// Names a binding for as long as the kernel runs; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(u64);

impl BindingId {
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for BindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A handler at an event, as its installer holds it.
///
/// Dropping a `Binding` leaves an installed handler installed: what holds it may be leaked, and the kernel removes what an
/// unloaded domain left behind anyway. For the other habit see [`Binding::scoped`]. A handler that is not installed is
/// forgotten with its `Binding`.
pub struct Binding {
    shared: Arc<Shared>,
}

/// What a binding is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It was created, or uninstalled; it can be installed.
    Off,
    /// Raises reach its handler.
    Installed,
    /// It was uninstalled for what it did, for good.
    Quarantined,
    /// Its handler's domain or its event is gone.
    #[default]
    Gone,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Installed => "installed",
            Self::Quarantined => "quarantined",
            Self::Gone => "gone",
        })
    }
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
        self.state() == State::Installed
    }

    /// What the binding is doing now.
    pub fn state(&self) -> State {
        self.shared.event().map_or(State::Gone, |event| event.ask(|book| book.state(self.shared.id)))
    }

    /// Has raises reach the handler, from the next on. Nothing changes if they do already.
    ///
    /// # Errors
    /// [`InstallError`] when the event takes no (more) handlers, or not where this one wants to be, or not this one again.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of the same event, never for a raise. Allocates.
    pub fn install(&self) -> Result<(), InstallError> {
        let gone = InstallError::Gone { binding: self.shared.id };
        let event = self.shared.event().ok_or(gone)?;
        let mut outcome = Ok(());
        event.change(|book| {
            outcome = book.put_back(self.shared.id, event.whose());
            outcome.is_ok()
        });
        outcome
    }

    /// Takes the handler off its event, and waits until no other core can be inside it any more by way of this binding.
    /// Nothing is taken off, but waited for all the same, if it is off already.
    ///
    /// On this core a raise may be inside still: the one from which this is called. It can't be waited for.
    ///
    /// # Errors
    /// [`Entangled`] names a core that waits for this one in the same way. The handler is off; that core may still be inside.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of the same event, and then for each other core to end its turn.
    pub fn uninstall(&self) -> Result<(), Entangled> {
        self.uninstall_soon().wait()
    }

    /// Takes the handler off its event, and does not wait. Raises that begin afterwards do not reach the handler; one that
    /// began before may still be inside it, until the departure is complete.
    ///
    /// # Context
    /// Not in interrupt context. Waits for other changes of the same event, never for a raise.
    pub fn uninstall_soon(&self) -> Departure {
        let take = |book: &mut Book| book.take(self.shared.id).map(|record| book.off.push(record)).is_some();
        let was_installed = self.shared.event().is_some_and(|event| event.change(take));
        Departure::begin(was_installed)
    }

    /// Turns this into a binding that uninstalls when it is dropped.
    pub fn scoped(self) -> Scoped {
        Scoped { binding: self }
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        if let Some(event) = self.shared.event() {
            event.ask(|book| book.forget(self.shared.id));
        }
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
        let _ = self.binding.uninstall_soon();
    }
}

/// What a binding's holder and its event share. Knows no type of the handler, so holding it keeps no code alive.
pub(crate) struct Shared {
    pub(crate) id: BindingId,
    /// Where the event lies, by which the registry knows it; zero once the binding is gone. Relaxed: an id is not given
    /// twice, so a book that does not know it says the same.
    event: AtomicUsize,
    /// Whether raises reach the handler. Changed under the lock of the event.
    is_reached: AtomicBool,
    /// Where the handler's code lies, while its domain is charged with the binding; else 0.
    charged: AtomicUsize,
}

impl Shared {
    /// On the heap of whoever installs, since its binding may be kept for as long as there is that.
    #[inline]
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            id: BindingId::next(),
            event: AtomicUsize::new(0),
            is_reached: AtomicBool::new(false),
            charged: AtomicUsize::new(0),
        })
    }

    /// Has the domain whose code lies at `code` charged, for a binding at the event called `event`; gives its share of the cores,
    /// if it has one.
    pub(crate) fn charge(&self, code: usize, event: &str) -> Result<Option<Arc<Share>>, InstallError> {
        let share = quota::charge(code, event)?;
        // Relaxed, as below: whoever ends the binding has found it at its event, under the lock of that.
        self.charged.store(code, Ordering::Relaxed);
        Ok(share)
    }

    /// The binding is its domain's no more. Once is enough.
    pub(crate) fn discharge(&self) {
        let code = self.charged.swap(0, Ordering::Relaxed);
        if code != 0 {
            quota::discharge(code);
        }
    }

    /// Where the binding is, whatever it is doing there.
    pub(crate) fn event(&self) -> Option<Arc<Desk>> {
        match self.event.load(Ordering::Relaxed) {
            0 => None,
            address => registry::find(address),
        }
    }

    pub(crate) fn attach(&self, event: &Desk) {
        self.event.store(event.address(), Ordering::Relaxed);
    }

    pub(crate) fn set_reached(&self, is_reached: bool) {
        self.is_reached.store(is_reached, Ordering::Relaxed);
    }

    /// Whether what a raise has sent is to run when it arrives. Relaxed: whoever uninstalls waits for a grace period that
    /// begins afterwards, and a core that has been quiet since sees it.
    pub(crate) fn is_reached(&self) -> bool {
        self.is_reached.load(Ordering::Relaxed)
    }

    pub(crate) fn detach(&self) {
        self.set_reached(false);
        self.part();
    }

    /// As [`detach`](Self::detach), but what was sent to it still runs when it arrives.
    pub(crate) fn part(&self) {
        self.discharge();
        self.event.store(0, Ordering::Relaxed);
    }

    /// The name, if the binding is at `event`.
    pub(crate) fn at(&self, event: &Desk) -> Result<BindingId, InstallError> {
        let (name, anchor) = (|| event.name().into(), self.id);
        match self.event.load(Ordering::Relaxed) {
            0 => Err(InstallError::AnchorGone { event: name(), anchor }),
            other if other != event.address() => Err(InstallError::AnchorElsewhere { event: name(), anchor }),
            _ => Ok(anchor),
        }
    }
}

//! Owned: an event in the hands of its owner.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::ask::{self, Ask, Verdict};
use crate::binding::{Binding, BindingId};
use crate::bound::{Bound, Imposed};
use crate::event::Event;
use crate::guard::{self, Always, Guard};
use crate::install_error::InstallError;
use crate::merge::Merge;
use crate::proposal::Proposal;
use crate::trouble::Trouble;

/// An event, as whoever has proved to be its owner holds it.
pub struct Owned<A: ?Sized + 'static, R: 'static, M: Merge<R>> {
    event: &'static Event<A, R, M>,
}

impl<A: ?Sized, R, M: Merge<R>> Clone for Owned<A, R, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized, R, M: Merge<R>> Copy for Owned<A, R, M> {}

/// A guard that an owner has put before somebody's handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imposition {
    binding: BindingId,
    name: u64,
}

/// A name for one more imposed guard.
pub(crate) fn next_name() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Owned<A, R, M> {
    pub(crate) fn new(event: &'static Event<A, R, M>) -> Self {
        Self { event }
    }

    /// Begins a binding of the owner's own: no authorizer is asked, and no limit but its own budget holds it.
    pub fn bind(self) -> Proposal<A, R, M, Always> {
        Proposal::new(self.event, true)
    }

    /// Installs a handler of the owner's own.
    ///
    /// # Errors
    /// [`InstallError`] when the event takes no (more) handlers.
    ///
    /// # Context
    /// As for [`Event::install`].
    pub fn install<F>(self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.bind().install(handler)
    }

    /// Installs the handler that runs when no other one ran. An event has at most one.
    ///
    /// # Errors
    /// [`InstallError`] when the event has one, or takes no handlers any more.
    ///
    /// # Context
    /// As for [`Event::install`].
    pub fn install_default<F>(self, handler: F) -> Result<Binding, InstallError>
    where
        F: Fn(&A) -> R + Send + Sync + 'static,
    {
        self.bind().install_default(handler)
    }

    /// Has `authorizer` decide about every install of somebody else from now on, in place of what the declaration says.
    /// It is asked without a lock, on the core of whoever asks.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn authorize<F>(self, authorizer: F)
    where
        F: Fn(&Ask<'_>) -> Verdict<A> + Send + Sync + 'static,
    {
        // Compiled into the crate that calls: its address says whose the authorizer is.
        let code: fn(&F, &Ask<'_>) -> Verdict<A> = |authorizer, ask| authorizer(ask);
        let new = Some((code as *const () as usize, ask::judge(authorizer)));
        // What it replaces is dropped without the lock.
        let desk = self.event.desk();
        let mut files = desk.lock();
        let old = match &mut files.side {
            Some(side) => core::mem::replace(&mut side.authorizer, new),
            None => new,
        };
        drop(files);
        drop(old);
    }

    /// Has `listener` told of every handler and guard of this event that was given up, in a later turn of the run loop
    /// of the core where it happened.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn on_trouble<F>(self, listener: F)
    where
        F: Fn(&Trouble) + Send + Sync + 'static,
    {
        // As above.
        let code: fn(&F, &Trouble) = |listener, trouble| listener(trouble);
        self.event.desk().listen(code as *const () as usize, Arc::new(listener));
    }

    /// Puts `guard` before the handler of `binding`, whoever installed it, behind those imposed already and before its
    /// own.
    ///
    /// # Errors
    /// [`InstallError::Gone`] when there is no such binding at this event.
    ///
    /// # Context
    /// As for [`Event::install`].
    pub fn impose<G: Guard<A>>(self, binding: BindingId, guard: G) -> Result<Imposition, InstallError> {
        let name = next_name();
        let new = Imposed { name, code: guard::code_of::<A, G>(), guard: Arc::new(guard) };
        let is_there = self.change(binding, |imposed| imposed.push(new));
        if is_there { Ok(Imposition { binding, name }) } else { Err(InstallError::Gone { binding }) }
    }

    /// Takes an imposed guard away; false when it was away already.
    ///
    /// # Context
    /// As for [`Event::install`].
    pub fn lift(self, imposition: Imposition) -> bool {
        let mut was_there = false;
        self.change(imposition.binding, |imposed| {
            let before = imposed.len();
            imposed.retain(|one| one.name != imposition.name);
            was_there = imposed.len() < before;
        });
        was_there
    }

    fn change(self, binding: BindingId, change: impl FnOnce(&mut Vec<Imposed<A>>)) -> bool {
        let desk = self.event.desk();
        let mut files = desk.lock();
        let Some((book, side)) = files.parts() else { return false };
        let record = book.iter().find(|(record, _)| record.id() == binding);
        let bound = record.and_then(|(record, _)| side.slots.bound(record));
        let Some(bound) = bound.and_then(|held| held.downcast_ref::<Bound<A, R, M>>()) else { return false };
        let mut imposed = bound.imposed.clone();
        change(&mut imposed);
        let codes: Vec<usize> = imposed.iter().map(|one| one.code).collect();
        book.change(binding, &|record| record.imposed.clone_from(&codes));
        let leftovers = side.follow(book, Some(&imposed));
        side.publish(book);
        // What was put away may be the last to hold a guard.
        drop(files);
        drop(leftovers);
        true
    }
}

impl<A: ?Sized, R, M: Merge<R>> fmt::Debug for Owned<A, R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owned").field(&self.event.name()).finish()
    }
}

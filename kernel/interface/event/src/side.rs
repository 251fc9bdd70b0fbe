//! Side: what of an event is about its types, beside the book on its desk. Gone once the event is withdrawn.
//!
//! It knows none of the types itself; what has to, is done by its [`Typed`]. Lies on the kernel's heap, under the lock of the desk; what
//! the slots point to (handlers, rows, tables) was made by code of the declaring crate and lies where that one allocates.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;
use core::ops::Range;
use core::sync::atomic::{AtomicU8, Ordering};

use crate::ask::{Judge, Policy};
use crate::book::Book;
use crate::placement::Placement;
use crate::record::Slot;
use crate::slots::{Leftovers, Shape, Slots};
use crate::typed::{Held, Made, Typed};

/// The typed side of an event.
pub(crate) struct Side {
    pub(crate) slots: Slots,
    pub(crate) shape: Shape,
    /// Where all handlers run that do not say it themselves, if later.
    pub(crate) placement: Option<Placement>,
    /// Who may install, as the declaration says.
    pub(crate) policy: Policy,
    /// Who decides in its place, with where its code lies.
    pub(crate) authorizer: Option<(usize, Arc<dyn Judge>)>,
    /// Posts that have not arrived, for an event that drops its oldest.
    pub(crate) waiting: Option<Box<dyn Any + Send>>,
    /// Where the event says that it is withdrawn.
    pub(crate) mark: &'static AtomicU8,
    pub(crate) typed: Box<dyn Typed>,
}

impl Side {
    /// Follows what has changed in the book, with the guards that are `imposed` before that, if any are. What is handed back is to be
    /// dropped without the lock.
    pub(crate) fn follow(&mut self, book: &mut Book, imposed: Option<&dyn Any>) -> Leftovers {
        self.slots.follow(&*self.typed, book, imposed)
    }

    /// Has raises see what stands in the book.
    pub(crate) fn publish(&mut self, book: &mut Book) {
        book.settle_arrivals();
        let table = self.table(book);
        self.typed.show(table);
        book.settle();
    }

    /// Puts the typed side of a binding into its slot.
    pub(crate) fn fill(&mut self, slot: Slot, bound: Held) {
        self.slots.fill(&*self.typed, slot, bound, !self.shape.keys.is_empty());
    }

    /// Gives back a slot whose binding is refused.
    pub(crate) fn give_back(&mut self, slot: Slot) -> Option<Held> {
        self.slots.give_back(&*self.typed, slot)
    }

    /// Who decides whether somebody may install.
    pub(crate) fn decides(&self) -> Policy {
        match &self.authorizer {
            Some((_, authorizer)) => Policy::Ask(authorizer.clone()),
            None => self.policy.clone(),
        }
    }

    /// The table for that book.
    pub(crate) fn table(&mut self, book: &Book) -> Option<Made> {
        self.slots.table(&*self.typed, book, &self.shape)
    }

    /// Forgets who decides, if its code lies in `code`. The event goes by its declaration again.
    pub(crate) fn disown(&mut self, code: &Range<usize>) -> Option<Arc<dyn Judge>> {
        self.authorizer.take_if(|(at, _)| code.contains(at)).map(|(_, authorizer)| authorizer)
    }

    /// Says at the event that it is withdrawn.
    pub(crate) fn withdraw(&self) {
        // Relaxed: who misses it registers the event anew, and is found by the next look for what is left.
        self.mark.store(1, Ordering::Relaxed);
    }
}

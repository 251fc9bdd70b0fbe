//! An event as the registry and its bindings see it: without its types. Compiled into the crate that declares it.

use alloc::boxed::Box;
use core::any::type_name;

use crate::bindings::Bindings;
use crate::book::{Book, Life};
use crate::event::Event;
use crate::limits::Limits;
use crate::merge::Merge;
use crate::registry::{Registered, Types};
use crate::swap::{Half, Staged, StagedEvent, SwapError};

impl<A: ?Sized + 'static, R: 'static, M: Merge<R>> Registered for Event<A, R, M> {
    fn name(&self) -> &str {
        Event::name(self)
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn code(&self) -> usize {
        self.code_of_declaration()
    }

    fn limits(&self) -> &Limits {
        self.its_limits()
    }

    fn types(&self) -> Types {
        Types {
            arguments: type_name::<A>(),
            result: type_name::<R>(),
            merge: type_name::<M>(),
            keys: self.keys().iter().map(|key| key.name()).collect(),
        }
    }

    fn with_book(&self, look: &mut dyn FnMut(&mut Book) -> bool) {
        let mut bindings = self.locked().lock();
        let has_changed = look(&mut bindings.book);
        let leftovers = bindings.follow();
        if has_changed {
            self.publish(&mut bindings);
        }
        // What a binding holds may be dropped with it: code of its installer, which must not run under our lock.
        drop(bindings);
        drop(leftovers);
    }

    fn withdraw(&self) {
        self.with_book(&mut |book| {
            book.life = Life::Withdrawn;
            book.take_all(&|_| true);
            true
        });
        // The memory this event lies in goes without its being dropped.
        let mut bindings = self.locked().lock();
        let rest = core::mem::replace(&mut *bindings, Bindings::new());
        bindings.book.life = Life::Withdrawn;
        drop(bindings);
        drop(rest);
    }

    fn stage(&self, swap: &Half<'_>) -> Result<Box<dyn Staged + '_>, SwapError> {
        Ok(Box::new(StagedEvent::new(self, swap)?))
    }
}

//! An event as the registry and its bindings see it: without its types. Compiled into the crate that declares it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::type_name;
use core::ops::Range;

use spindle_sync::Switch;

use crate::bindings::Bindings;
use crate::book::{Book, Life};
use crate::event::Event;
use crate::limits::Limits;
use crate::merge::Merge;
use crate::registry::{Registered, Types};
use crate::swap::{Half, Staged, StagedEvent, SwapError};
use crate::trouble::Listener;

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

    fn listener(&self) -> Option<Arc<Listener>> {
        self.locked().lock().listener.as_ref().map(|(_, listener)| listener.clone())
    }

    fn disown(&self, code: &Range<usize>) {
        let mut bindings = self.locked().lock();
        let authorizer = bindings.authorizer.take_if(|(at, _)| code.contains(at));
        let listener = bindings.listener.take_if(|(at, _)| code.contains(at));
        drop(bindings);
        drop((authorizer, listener));
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

    fn stage(&self, swap: &Half<'_>, switch: &Arc<Switch>) -> Result<Box<dyn Staged + '_>, SwapError> {
        Ok(Box::new(StagedEvent::new(self, swap, switch)?))
    }
}

#[cfg(test)]
mod tests {
    use spindle_sync::GRACE;

    use crate::ask::Verdict;
    use crate::binding::State;
    use crate::event::Event;
    use crate::install_error::InstallError;
    use crate::owner::Owner;
    use crate::registry::{self, Registered};

    static OWNER: Owner = Owner::new();

    #[test]
    fn an_authorizer_and_a_listener_go_with_their_code() {
        static EVENT: Event<u8> = Event::new("disowned", &OWNER);
        let _core = GRACE.register_thread();
        let owned = EVENT.owned(&OWNER).expect("ours");
        owned.authorize(|_| Verdict::Accept);
        owned.on_trouble(|_| ());
        assert!(EVENT.install(|_| ()).is_ok() && EVENT.listener().is_some());
        EVENT.disown(&(0..1));
        assert!(EVENT.install(|_| ()).is_ok() && EVENT.listener().is_some());
        EVENT.disown(&(0..usize::MAX));
        assert!(matches!(EVENT.install(|_| ()), Err(InstallError::NotAuthorized { .. })));
        assert!(EVENT.listener().is_none());
    }

    #[test]
    fn a_handler_goes_with_a_guard_that_was_put_before_it() {
        static EVENT: Event<u8> = Event::new("imposed", &OWNER);
        let _core = GRACE.register_thread();
        let owned = EVENT.owned(&OWNER).expect("ours");
        let free = owned.install(|_| ()).expect("room");
        let held = owned.install(|_| ()).expect("room");
        owned.impose(held.id(), |number: &u8| *number > 3).expect("it is there");
        let guard = registry::ask(&EVENT, |book| {
            book.iter().flat_map(|(record, _)| record.imposed.clone()).collect::<alloc::vec::Vec<_>>()
        });
        assert!(registry::change(&EVENT, |book| book.take_all(&|code| guard.contains(&code)) == 1));
        assert_eq!((free.state(), held.state()), (State::Installed, State::Gone));
    }
}

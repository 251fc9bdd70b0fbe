//! Desk: what the kernel has of an event, out of reach of whoever declared it.
//!
//! An [`Event`](crate::Event) is a variable of the extension that declares it, and what is wrong there must not be followed by
//! whoever installs, lists or withdraws. So the event has only what a raise reads. Its book, its lock, what was declared and
//! what was published lie here, on the kernel's heap; the registry finds a desk by the address at which the event lies, and
//! an event is never asked for it. What has the event's types in it hangs on the desk too ([`Side`]), and is made by code of the
//! declaring crate, since only that knows the types.
//!
//! An event that was withdrawn has no side any more. Its desk stays for as long as somebody holds it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use spindle_sync::{Lock, Locked};

use crate::book::{Book, Whose};
use crate::install_error::InstallError;
use crate::limits::Limits;
use crate::side::Side;
use crate::slots::Leftovers;
use crate::trouble::Listener;

/// An event, without its types.
pub(crate) struct Desk {
    declared: Declaration,
    /// Lock order: the registry's list may be locked while this is held.
    files: Lock<Files>,
}

/// What an event's declaration says, for good.
pub(crate) struct Declaration {
    pub(crate) name: Box<str>,
    /// Where the event lies, and where the code of its declaration does.
    pub(crate) address: usize,
    pub(crate) code: usize,
    pub(crate) limits: Limits,
    pub(crate) types: Types,
    /// Whether there is room where its tables lie. A function of the declaring crate, so that it is that one's heap which is asked.
    pub(crate) has_room: fn() -> bool,
}

/// What an event's declaration says of its types.
pub(crate) struct Types {
    pub(crate) arguments: &'static str,
    pub(crate) result: &'static str,
    pub(crate) merge: &'static str,
    pub(crate) keys: Vec<&'static str>,
}

/// What changes about an event.
pub(crate) struct Files {
    pub(crate) book: Book,
    /// Who wants to be told of trouble, with where its code lies.
    pub(crate) listener: Option<(usize, Arc<Listener>)>,
    /// None once the event is withdrawn.
    pub(crate) side: Option<Side>,
}

impl Desk {
    /// One for an event that nobody is bound to. On the kernel's heap, so not compiled elsewhere.
    #[inline(never)]
    pub(crate) fn new(declared: Declaration, side: Option<Side>) -> Arc<Self> {
        Arc::new(Self { declared, files: Lock::new(Files { book: Book::new(), listener: None, side }) })
    }

    pub(crate) fn name(&self) -> &str {
        &self.declared.name
    }

    pub(crate) fn address(&self) -> usize {
        self.declared.address
    }

    pub(crate) fn code(&self) -> usize {
        self.declared.code
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.declared.limits
    }

    pub(crate) fn types(&self) -> &Types {
        &self.declared.types
    }

    /// Which event this is, for its book.
    pub(crate) fn whose(&self) -> Whose<'_> {
        Whose { name: self.name(), address: self.address(), code: self.code() }
    }

    pub(crate) fn lock(&self) -> Locked<'_, Files> {
        self.files.lock()
    }

    /// Whether there is room for one more table.
    pub(crate) fn has_room(&self) -> bool {
        (self.declared.has_room)()
    }

    pub(crate) fn withdrawn(&self) -> InstallError {
        InstallError::Withdrawn { event: self.name().into() }
    }

    /// Changes what raises see, if `change` says that it has.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Book) -> bool) -> bool {
        let (mut change, mut has_changed) = (Some(change), false);
        self.with_book(&mut |book| {
            has_changed = change.take().is_some_and(|change| change(book));
            has_changed
        });
        has_changed
    }

    /// Looks into the book, or changes what raises don't see.
    pub(crate) fn ask<T: Default>(&self, look: impl FnOnce(&mut Book) -> T) -> T {
        let (mut look, mut answer) = (Some(look), T::default());
        self.with_book(&mut |book| {
            if let Some(look) = look.take() {
                answer = look(book);
            }
            false
        });
        answer
    }

    /// Has `look` at the book, under the event's lock. If it says that raises are to see something else now, they do; what
    /// was put away is dropped without the lock.
    fn with_book(&self, look: &mut dyn FnMut(&mut Book) -> bool) {
        let mut files = self.lock();
        let Files { book, side, .. } = &mut *files;
        let has_changed = look(book);
        let mut leftovers = Leftovers::new();
        if let Some(side) = side {
            if book.is_to_be_followed() {
                leftovers = side.follow(book, None);
            }
            if has_changed {
                side.publish(book);
            }
        }
        drop(files);
        drop(leftovers);
    }

    /// Who wants to be told of trouble.
    pub(crate) fn listener(&self) -> Option<Arc<Listener>> {
        self.lock().listener.as_ref().map(|(_, listener)| listener.clone())
    }

    /// Has `listener`, whose code lies at `code`, told of trouble from now on.
    pub(crate) fn listen(&self, code: usize, listener: Arc<Listener>) {
        let mut files = self.lock();
        let old = if files.side.is_some() { files.listener.replace((code, listener)) } else { None };
        drop(files);
        drop(old);
    }

    /// Forgets who decides and who wants to be told, if their code lies in `code`.
    pub(crate) fn disown(&self, code: &Range<usize>) {
        let mut files = self.lock();
        let authorizer = files.side.as_mut().and_then(|side| side.disown(code));
        let listener = files.listener.take_if(|(at, _)| code.contains(at));
        drop(files);
        drop((authorizer, listener));
    }

    /// Drops everything the event holds, for good.
    pub(crate) fn withdraw(&self) {
        self.change(|book| {
            book.take_all(&|_| true);
            true
        });
        let mut files = self.lock();
        if let Some(side) = &files.side {
            side.withdraw();
        }
        let rest = core::mem::replace(&mut *files, Files { book: Book::new(), listener: None, side: None });
        drop(files);
        drop(rest);
    }
}

impl Files {
    /// The book and the typed side; none once the event is withdrawn.
    pub(crate) fn parts(&mut self) -> Option<(&mut Book, &mut Side)> {
        Some((&mut self.book, self.side.as_mut()?))
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use spindle_sync::GRACE;

    use super::{Declaration, Desk, Types};
    use crate::admission::Asked;
    use crate::ask::Verdict;
    use crate::binding::State;
    use crate::event::Event;
    use crate::install_error::InstallError;
    use crate::limits::Limits;
    use crate::owner::Owner;
    use crate::record::Record;

    static OWNER: Owner = Owner::new();

    #[test]
    fn an_authorizer_and_a_listener_go_with_their_code() {
        static EVENT: Event<u8> = Event::new("disowned", &OWNER);
        let _core = GRACE.register_thread();
        let owned = EVENT.owned(&OWNER).expect("ours");
        owned.authorize(|_| Verdict::Accept);
        owned.on_trouble(|_| ());
        let desk = EVENT.desk();
        assert!(EVENT.install(|_| ()).is_ok() && desk.listener().is_some());
        desk.disown(&(0..1));
        assert!(EVENT.install(|_| ()).is_ok() && desk.listener().is_some());
        desk.disown(&(0..usize::MAX));
        assert!(matches!(EVENT.install(|_| ()), Err(InstallError::NotAuthorized { .. })));
        assert!(desk.listener().is_none());
    }

    #[test]
    fn a_handler_goes_with_a_guard_that_was_put_before_it() {
        static EVENT: Event<u8> = Event::new("imposed", &OWNER);
        let _core = GRACE.register_thread();
        let owned = EVENT.owned(&OWNER).expect("ours");
        let free = owned.install(|_| ()).expect("room");
        let held = owned.install(|_| ()).expect("room");
        owned.impose(held.id(), |number: &u8| *number > 3).expect("it is there");
        let guard = EVENT.desk().ask(|book| {
            book.iter().flat_map(|(record, _)| record.imposed.clone()).collect::<alloc::vec::Vec<_>>()
        });
        assert!(EVENT.desk().change(|book| book.take_all(&|code| guard.contains(&code)) == 1));
        assert_eq!((free.state(), held.state()), (State::Installed, State::Gone));
    }

    #[test]
    fn an_event_has_one_desk_however_often_it_is_registered() {
        static EVENT: Event<u8> = Event::new("once", &OWNER);
        let desk = EVENT.desk();
        let again = crate::registry::enter(Desk::new(declaration(EVENT.desk().address()), None));
        assert!(Arc::ptr_eq(&desk, &again) && Arc::ptr_eq(&desk, &EVENT.desk()));
    }

    #[test]
    fn what_was_withdrawn_takes_nothing_in() {
        let desk = Desk::new(declaration(8), None);
        assert!(desk.lock().parts().is_none());
        desk.listen(0, Arc::new(|_| ()));
        assert!(desk.listener().is_none());
        let (record, made) = (Record::plain(), &mut ());
        let asked = Asked { record, made, offered: None, as_owner: true, at_once: true };
        assert_eq!(desk.admit(asked), Err(InstallError::Withdrawn { event: "tests".into() }));
    }

    fn declaration(address: usize) -> Declaration {
        let types = Types { arguments: "", result: "", merge: "", keys: alloc::vec::Vec::new() };
        let (name, limits) = ("tests".into(), Limits::DEFAULT);
        Declaration { name, address, code: 0, limits, types, has_room: || true }
    }
}

//! Admission: how a binding that somebody asks for comes in.

use alloc::boxed::Box;
use core::any::Any;

use crate::ask::{Answer, Ask, Policy};
use crate::desk::Desk;
use crate::install_error::InstallError;
use crate::record::{Kind, Record};

/// What an event is given: the binding to be, and what goes with the asking.
pub(crate) struct Asked<'a> {
    /// Its slot is not known yet.
    pub(crate) record: Record,
    /// What was made of the handler's types.
    pub(crate) made: &'a mut dyn Any,
    pub(crate) offered: Option<Box<dyn Any>>,
    pub(crate) as_owner: bool,
    /// Whether it is to be installed at once.
    pub(crate) at_once: bool,
}

impl Desk {
    /// Has what is `asked` for come in.
    #[inline(never)]
    pub(crate) fn admit(&self, asked: Asked<'_>) -> Result<(), InstallError> {
        let Asked { mut record, made, offered, as_owner, at_once } = asked;
        let policy = self.prepare(&mut record)?;
        let imposed = if as_owner { None } else { self.authorize(&policy, &mut record, offered.as_deref())? };
        // The table is made with the lock held, where a heap gives more than it may rather than fail. So it is asked before.
        if !self.has_room() {
            return Err(InstallError::no_room(self.name()));
        }
        let mut files = self.lock();
        let (book, side) = files.parts().ok_or_else(|| self.withdrawn())?;
        book.has_room(record.code, self.whose(), self.limits())?;
        let slot = side.slots.slot();
        record.slot = slot;
        record.trace.clone_from(&book.trace);
        let record = record.kept();
        let outcome = match side.typed.bind(record.clone(), made, imposed) {
            Some(bound) => {
                side.fill(slot, bound);
                book.admit(record, at_once, self.whose())
            }
            None => Err(self.withdrawn()),
        };
        let refused = match outcome {
            Ok(is_installed) => {
                if is_installed {
                    side.publish(book);
                }
                None
            }
            Err(_) => side.give_back(slot),
        };
        // Only now may what is refused be dropped.
        drop(files);
        drop(refused);
        outcome.map(|_| ())
    }

    /// Has the record say what the event's declaration does, and finds who decides about it.
    fn prepare(&self, record: &mut Record) -> Result<Policy, InstallError> {
        let files = self.lock();
        let Some(side) = &files.side else {
            drop(files);
            return Err(self.withdrawn());
        };
        let unknown = record.keys.iter().find(|meant| !side.shape.keys.contains(&meant.key));
        if let Some(key) = unknown.map(|meant| meant.name) {
            drop(files);
            return Err(InstallError::UnknownKey { event: self.name().into(), key });
        }
        if record.kind == Kind::Handler {
            record.placement = record.placement.or(side.placement);
        }
        Ok(side.decides())
    }

    /// Asks on behalf of a stranger, and puts the binding under what is answered. Gives back the guards that are to stand before it.
    fn authorize(
        &self,
        policy: &Policy,
        record: &mut Record,
        offered: Option<&dyn Any>,
    ) -> Result<Option<Box<dyn Any>>, InstallError> {
        let not_authorized = || Err(InstallError::NotAuthorized { event: self.name().into() });
        // Only the owner says what runs when nobody does.
        if record.is_default() {
            return not_authorized();
        }
        let answer = match policy {
            Policy::Ask(judge) => judge.judge(&Ask::about(record, offered)),
            Policy::Anyone => Answer::Accept,
            Policy::OwnerOnly => return not_authorized(),
        };
        record.budget = self.limits().grant(record.budget);
        match answer {
            Answer::Refuse(reason) => Err(InstallError::Refused { event: self.name().into(), reason }),
            Answer::Accept => Ok(None),
            Answer::On(terms, guards) => {
                terms.apply(record, guards.codes, self.name())?;
                Ok(Some(guards.imposed))
            }
        }
    }
}

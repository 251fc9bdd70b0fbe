//! InstallError: why a handler was not installed.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::binding::BindingId;
use crate::owner::NotOwner;

/// Why a handler was not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstallError {
    /// The event's domain is going or gone.
    Withdrawn {
        /// The event's name.
        event: String,
    },
    /// The event's owner has not said that others may install, and the asker is not the owner.
    NotAuthorized {
        /// The event's name.
        event: String,
    },
    /// The event's authorizer said no.
    Refused {
        /// The event's name.
        event: String,
        /// What it said.
        reason: String,
    },
    /// The owner of the event is another one.
    NotOwner(NotOwner),
    /// The handler is meant for values of a key that the event does not have.
    UnknownKey {
        /// The event's name.
        event: String,
        /// The key's name.
        key: &'static str,
    },
    /// The authorizer wants the handler to run elsewhere and later, and it can't.
    NotAsynchronous {
        /// The event's name.
        event: String,
    },
    /// The binding was uninstalled for what it did.
    Quarantined {
        /// Which one.
        binding: BindingId,
    },
    /// The binding's handler, or its event, is gone.
    Gone {
        /// Which one.
        binding: BindingId,
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
    /// The handler's domain has as many bindings as it may have.
    OverQuota {
        /// The event's name.
        event: String,
        /// The domain's name.
        domain: String,
        /// How many that is.
        limit: usize,
    },
    /// The heap that the event's table lies on, or the kernel's, has no room for one more.
    NoRoom {
        /// The event's name; empty if there was no room for that either.
        event: String,
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

impl InstallError {
    /// [`NoRoom`](Self::NoRoom) at the event called `name`.
    pub(crate) fn no_room(name: &str) -> Self {
        let mut event = String::new();
        if event.try_reserve_exact(name.len()).is_ok() {
            event.push_str(name);
        }
        Self::NoRoom { event }
    }
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Withdrawn { event } => write!(f, "event `{event}` is withdrawn"),
            Self::NotAuthorized { event } => {
                write!(f, "event `{event}` takes handlers of its owner only")
            }
            Self::Refused { event, reason } => {
                write!(f, "event `{event}` refuses the handler: {reason}")
            }
            Self::NotOwner(error) => error.fmt(f),
            Self::UnknownKey { event, key } => write!(f, "event `{event}` has no key `{key}`"),
            Self::NotAsynchronous { event } => {
                write!(f, "event `{event}` takes asynchronous handlers only")
            }
            Self::Quarantined { binding } => {
                write!(f, "binding {binding} was uninstalled for what it did")
            }
            Self::Gone { binding } => write!(f, "binding {binding} is gone"),
            Self::DefaultTaken { event } => write!(f, "event `{event}` has a default handler already"),
            Self::TooMany { event, limit } => write!(f, "event `{event}` has {limit} bindings already"),
            Self::OverQuota { event, domain, limit } => {
                write!(
                    f,
                    "domain `{domain}` has all {limit} bindings that it may have, and can't handle `{event}` too"
                )
            }
            Self::NoRoom { event } if event.is_empty() => f.write_str("no memory for one more binding"),
            Self::NoRoom { event } => write!(f, "event `{event}` has no memory for one more binding"),
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

impl From<NotOwner> for InstallError {
    fn from(error: NotOwner) -> Self {
        Self::NotOwner(error)
    }
}

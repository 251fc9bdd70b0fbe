//! Post: put the raise of an event into the inbox of a core.

use alloc::boxed::Box;
use core::fmt;

use spindle_sync::{Authority, Parcel, Pool};

use crate::cores::CoreId;
use crate::event::Event;
use crate::full::{Blocked, WhenFull};
use crate::mailbox;
use crate::merge::Merge;
use crate::posted::Posted;
use crate::waiting::{Offered, Waiting};

/// Why a post did not go out. Gives back what was to be posted.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use = "it holds what was to be posted"]
pub enum PostError<A> {
    /// This core has as many posts on their way as it may have; some have to arrive first.
    Full {
        /// Where it was to go.
        core: CoreId,
        /// What was to go.
        event: A,
    },
    /// This core has as many posts of the poster's domain on their way as that may have; some have to arrive first.
    OverQuota {
        /// Where it was to go.
        core: CoreId,
        /// How many that is.
        limit: usize,
        /// What was to go.
        event: A,
    },
    /// There is no such core, or it takes no posts.
    Offline {
        /// Where it was to go.
        core: CoreId,
        /// What was to go.
        event: A,
    },
}

impl<A> PostError<A> {
    /// What was to be posted.
    pub fn into_event(self) -> A {
        match self {
            Self::Full { event, .. } | Self::OverQuota { event, .. } | Self::Offline { event, .. } => event,
        }
    }
}

impl<A> fmt::Display for PostError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { core, .. } => write!(f, "no slot left for a post to core {core}"),
            Self::OverQuota { core, limit, .. } => {
                write!(f, "no slot left for a post to core {core}: this domain may have {limit} on their way")
            }
            Self::Offline { core, .. } => write!(f, "core {core} takes no posts"),
        }
    }
}

impl<A> fmt::Debug for PostError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<A> core::error::Error for PostError<A> {}

impl<A: Send + 'static, R: 'static, M: Merge<R>> Event<A, R, M> {
    /// Has `core` raise this event with `args`, after what this core has posted there before. The result of
    /// the raise is dropped. What comes back tells when it is over, and needs no keeping.
    ///
    /// # Errors
    /// [`PostError`] gives `args` back when no slot is left or there is no such core.
    ///
    /// # Context
    /// Not in interrupt context. Never waits; allocates only for arguments of more than five words.
    #[inline(always)]
    pub fn post(&'static self, core: CoreId, args: A) -> Result<Posted, PostError<A>> {
        match self.full() {
            WhenFull::Refuse => mailbox::send(core, Pool::vacancy, args, |args| self.pack(args)),
            WhenFull::Block => self.post_or_block(core, args),
            WhenFull::DropOldest(most) => self.post_or_drop(core, args, most),
        }
    }

    #[inline(never)]
    fn post_or_block(&'static self, core: CoreId, mut args: A) -> Result<Posted, PostError<A>> {
        let mut blocked = Blocked::new();
        loop {
            match mailbox::send(core, Pool::vacancy, args, |args| self.pack(args)) {
                Err(PostError::Full { event, .. } | PostError::OverQuota { event, .. })
                    if blocked.may_wait() =>
                {
                    args = event;
                }
                other => return other,
            }
        }
    }

    #[inline(never)]
    fn post_or_drop(&'static self, core: CoreId, args: A, most: u16) -> Result<Posted, PostError<A>> {
        if !core.is_online() {
            return Err(PostError::Offline { core, event: args });
        }
        let send = || {
            let token = || Parcel::new(move || self.arrive(core));
            mailbox::send(core, Pool::vacancy, (), |()| token()).ok()
        };
        let desk = self.desk();
        let mut files = desk.lock();
        let waiting = files.side.as_mut().map(|side| &mut side.waiting);
        let waiting = waiting.map(|waiting| waiting.get_or_insert_with(|| Box::new(Waiting::<A>::new())));
        let offered = match waiting.and_then(|waiting| waiting.downcast_mut::<Waiting<A>>()) {
            Some(waiting) => waiting.offer(core, args, usize::from(most), send),
            None => Offered::Refused(args),
        };
        // What is dropped has code of its own.
        drop(files);
        match offered {
            Offered::Waits(posted) | Offered::Instead(posted, _) => Ok(posted),
            Offered::Refused(event) => Err(PostError::Full { core, event }),
        }
    }

    /// A token has come to `core`.
    fn arrive(&'static self, core: CoreId) {
        let desk = self.desk();
        let mut files = desk.lock();
        let waiting = files.side.as_mut().and_then(|side| side.waiting.as_mut());
        let waiting = waiting.and_then(|waiting| waiting.downcast_mut::<Waiting<A>>());
        let args = waiting.and_then(|waiting| waiting.arrive(core));
        drop(files);
        if let Some(args) = args {
            let _: M::Output = self.raise(&args);
        }
    }

    /// As [`post`](Self::post), with the slots that are left to the kernel.
    ///
    /// # Errors
    /// As for [`post`](Self::post).
    ///
    /// # Context
    /// Any; in interrupt context only with arguments of up to five words, since it allocates for more.
    #[inline]
    pub fn post_from_kernel(&'static self, _: &Authority, core: CoreId, args: A) -> Result<(), PostError<A>> {
        mailbox::send(core, Pool::urgent_vacancy, args, |args| self.pack(args)).map(|_| ())
    }

    #[inline]
    fn pack(&'static self, args: A) -> Parcel {
        Parcel::new(move || {
            let _: M::Output = self.raise(&args);
        })
    }
}

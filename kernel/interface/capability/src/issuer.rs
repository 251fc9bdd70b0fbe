//! Issuer: whoever gives capabilities, and takes them back.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::AtomicU8;

use spindle_sync::{GRACE, Revocable};

use crate::capability::Capability;
use crate::list;

/// What gives capabilities out: a `static` that its module keeps private, so that nobody else issues in its name, or revokes
/// [all](Self::revoke_all) that it has issued. A module may have several.
///
/// ```
/// use spindle_capability::{Capability, Issuer, Revoked};
///
/// static KEYS: Issuer = Issuer::new();
///
/// struct Door { number: u32 }
///
/// let _core = spindle_sync::GRACE.register_thread();
/// let door = KEYS.issue(Door { number: 7 });
/// let key: Capability<Door> = door.capability();
/// assert_eq!(key.with(|door| door.number), Ok(7));
/// assert!(door.revoke());
/// assert_eq!(key.with(|door| door.number), Err(Revoked));
/// ```
///
/// What all cores may use has to be fit for that:
///
/// ```compile_fail,E0277
/// use core::cell::Cell;
/// use spindle_capability::Issuer;
///
/// static KEYS: Issuer = Issuer::new();
/// let _ = KEYS.issue(Cell::new(7));
/// ```
///
/// So is what only lies there:
///
/// ```compile_fail,E0277
/// use core::cell::Cell;
/// use spindle_capability::Issuer;
///
/// static KEYS: Issuer = Issuer::new();
/// let _ = KEYS.issue_static(Box::leak(Box::new(Cell::new(7))));
/// ```
///
/// And it lasts until it is revoked, whenever that is:
///
/// ```compile_fail,E0597
/// use spindle_capability::Issuer;
///
/// static KEYS: Issuer = Issuer::new();
/// let number = 7;
/// let _ = KEYS.issue(&number);
/// ```
pub struct Issuer {
    /// Gives each issuer an address of its own: what can change is never shared by the compiler.
    _place: AtomicU8,
}

/// A capability in the hands of whoever issued it.
///
/// Dropping it leaves the capabilities that were handed out as they are; it is the means to revoke them that is lost, but
/// for [`Issuer::revoke_all`]. What was issued is dropped when it was revoked, or when neither this nor any capability is
/// left, a grace period later.
#[must_use = "without it only `Issuer::revoke_all` takes the capability back"]
pub struct Issued<T: 'static> {
    handle: Revocable<T>,
}

impl Issuer {
    /// One more issuer.
    #[expect(clippy::new_without_default, reason = "an issuer is a named static, never a default")]
    pub const fn new() -> Self {
        Self { _place: AtomicU8::new(0) }
    }

    /// Issues a capability of `value`.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn issue<T: Send + Sync + 'static>(&'static self, value: T) -> Issued<T> {
        self.issue_shared(Arc::new(value))
    }

    /// Issues a capability of `value`, which others share. A revoked capability gives back its share.
    ///
    /// # Context
    /// As for [`issue`](Self::issue).
    pub fn issue_shared<T: Send + Sync + 'static>(&'static self, value: Arc<T>) -> Issued<T> {
        let at = list::reserve();
        self.enter(at, Revocable::new(&GRACE, value, move || list::leave(at)))
    }

    /// Issues a capability of what lies there for ever, an event for one. Its users see it only while they use it: it may
    /// be gone with the domain that it belongs to.
    ///
    /// # Context
    /// As for [`issue`](Self::issue).
    pub fn issue_static<T: Sync + 'static>(&'static self, value: &'static T) -> Issued<T> {
        let at = list::reserve();
        self.enter(at, Revocable::of_static(&GRACE, value, move || list::leave(at)))
    }

    /// Revokes all that this has issued and not revoked yet; says how many those were.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn revoke_all(&'static self) -> usize {
        list::revoke_of(self.address())
    }

    /// Apart from its callers as far as it can be, so that no domain carries a copy.
    fn enter<T: 'static>(&'static self, at: usize, mut handle: Revocable<T>) -> Issued<T> {
        list::enter(at, self.address(), handle.code(), handle.downgrade());
        Issued { handle }
    }

    fn address(&'static self) -> usize {
        core::ptr::from_ref(self).addr()
    }
}

impl<T: 'static> Issued<T> {
    /// A capability for somebody.
    pub fn capability(&self) -> Capability<T> {
        Capability::of(self.handle.clone())
    }

    /// Takes it from all who hold a capability; false when that was done before. Who is using it goes on until that use is
    /// over, and what was issued is dropped a grace period later.
    ///
    /// # Context
    /// Not in interrupt context. Waits for nobody, and does not allocate.
    pub fn revoke(&self) -> bool {
        self.handle.revoke()
    }

    /// Whether it was revoked.
    pub fn is_revoked(&self) -> bool {
        self.handle.is_revoked()
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuer")
    }
}

impl<T: 'static> fmt::Debug for Issued<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("is_revoked", &self.is_revoked()).finish_non_exhaustive()
    }
}

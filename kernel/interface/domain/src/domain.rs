//! Domain: the capability for a set of code and of the names that it exports; SPIN's `Domain.T`.
//!
//! A domain is an object, or some of the kernel's own crates, or a container of other domains. It is what is linked: an
//! object imports by being *resolved* against domains that export. Whoever holds one may do with it what its [`Rights`]
//! say. Nothing of a domain runs before all that it imports is resolved and it is *initialised*.
//!
//! A value of this type names a domain and keeps nothing alive: once the domain has ended, each use is an error. What an
//! extension has created and not initialised ends with that extension.
//!
//! This file does not know how objects are linked: the kernel serves it.
//!
//! Source: Bershad et al., SOSP 1995, section 3.1; Sirer et al., WCSSS 1996.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use spindle_sync::{Authority, Once};

use crate::failure::DomainError;
use crate::identity::{DomainId, Identity};
use crate::rights::Rights;

static KERNEL: Once<Box<dyn Domains>> = Once::INIT;

/// Where the object of a new domain comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The boot archive has it by this name.
    Archive(&'a str),
    /// These bytes, of a signed object; the name is for messages.
    Bytes(&'a str, &'a [u8]),
}

/// What the kernel does behind a [`Domain`], which has seen to the rights. Called outside of interrupt context with no lock
/// held; what each does is said at the function of the same name.
#[expect(missing_docs, reason = "each is documented where it is called, at `Domain`")]
pub trait Domains: Send + Sync {
    fn create(&self, by: &Identity, source: Source<'_>) -> Result<DomainId, DomainError>;
    fn contain(&self, by: &Identity, name: &str, parts: &[DomainId]) -> Result<DomainId, DomainError>;
    fn of_interface(&self, by: &Identity, name: &str) -> Result<DomainId, DomainError>;
    fn add(&self, container: DomainId, part: DomainId) -> Result<(), DomainError>;
    fn resolve(&self, target: DomainId, source: DomainId) -> Result<usize, DomainError>;
    fn unresolve(&self, target: DomainId, source: DomainId) -> Result<usize, DomainError>;
    fn unresolved(&self, target: DomainId) -> Result<Vec<String>, DomainError>;
    fn initialise(&self, target: DomainId) -> Result<(), DomainError>;
    fn destroy(&self, target: DomainId) -> Result<(), DomainError>;
    fn name(&self, domain: DomainId) -> Option<String>;
}

/// Serves domains by `kernel`. Kernel only; the first call counts.
pub fn serve(_: &Authority, kernel: Box<dyn Domains>) {
    KERNEL.call_once(|| kernel);
}

fn kernel() -> Result<&'static dyn Domains, DomainError> {
    KERNEL.get().map(|kernel| &**kernel).ok_or(DomainError::NotServed)
}

/// The capability for a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    id: DomainId,
    rights: Rights,
}

/// # Context
/// None of these in interrupt context. All but [`duplicate`](Self::duplicate), [`id`](Self::id) and [`rights`](Self::rights)
/// lock and allocate; none waits, but for what the entry of a domain does that is initialised.
impl Domain {
    /// The domain `id`, with these rights. Kernel only.
    pub const fn new(_: &Authority, id: DomainId, rights: Rights) -> Self {
        Self { id, rights }
    }

    /// The extension's own domain, with all rights.
    pub fn own(me: &Identity) -> Self {
        Self { id: me.id(), rights: Rights::ALL }
    }

    /// Makes a domain of a signed object. It exports what the object publishes, and imports nothing yet.
    ///
    /// # Errors
    /// [`DomainError::Refused`] says what is wrong with the object; nothing is left of it.
    pub fn create(me: &Identity, source: Source<'_>) -> Result<Self, DomainError> {
        kernel()?.create(me, source).map(|id| Self { id, rights: Rights::ALL })
    }

    /// Makes a container without parts.
    ///
    /// # Errors
    /// [`DomainError::NotAName`], [`DomainError::TooMany`].
    pub fn create_empty(me: &Identity, name: &str) -> Result<Self, DomainError> {
        kernel()?.contain(me, name, &[]).map(|id| Self { id, rights: Rights::ALL })
    }

    /// The domain of an interface crate that the caller itself is linked to, to hand it on: with the right to import.
    ///
    /// # Errors
    /// [`DomainError::NotLinked`], if it is not.
    pub fn of_interface(me: &Identity, name: &str) -> Result<Self, DomainError> {
        kernel()?.of_interface(me, name).map(|id| Self { id, rights: Rights::IMPORT })
    }

    /// Makes a container of `parts`: it exports what they export, each of them as long as it lives.
    ///
    /// # Errors
    /// [`DomainError::NoRight`] without the right to import from each of them.
    pub fn combine(me: &Identity, name: &str, parts: &[Self]) -> Result<Self, DomainError> {
        parts.iter().try_for_each(|part| part.need(Rights::IMPORT))?;
        let parts: Vec<DomainId> = parts.iter().map(|part| part.id).collect();
        kernel()?.contain(me, name, &parts).map(|id| Self { id, rights: Rights::ALL })
    }

    /// Puts `part` into this container.
    ///
    /// # Errors
    /// [`DomainError::NoRight`] without the right to modify this and to import from `part`; [`DomainError::NotAContainer`];
    /// [`DomainError::Circle`], if `part` holds this one.
    pub fn add(&self, part: &Self) -> Result<(), DomainError> {
        self.need(Rights::MODIFY)?;
        part.need(Rights::IMPORT)?;
        kernel()?.add(self.id, part.id)
    }

    /// Links this domain to `source`: of what it imports and is still open, it gets what `source` exports. Says how many names
    /// that were. Two domains can be linked to each other by two calls.
    ///
    /// # Errors
    /// [`DomainError::NoRight`] without the right to modify this and to import from `source`; [`DomainError::Refused`], if both
    /// mean different things by one interface; [`DomainError::NotOpen`], if this is no object that was created and not yet
    /// initialised. Nothing has changed then.
    pub fn resolve(&self, source: &Self) -> Result<usize, DomainError> {
        self.need(Rights::MODIFY)?;
        source.need(Rights::IMPORT)?;
        kernel()?.resolve(self.id, source.id)
    }

    /// Undoes [`resolve`](Self::resolve), so that this domain can be linked to another in place of `source`; says how many names
    /// are open again.
    ///
    /// # Errors
    /// As of [`resolve`](Self::resolve). What runs is not taken apart: [`DomainError::NotOpen`].
    pub fn unresolve(&self, source: &Self) -> Result<usize, DomainError> {
        self.need(Rights::MODIFY)?;
        kernel()?.unresolve(self.id, source.id)
    }

    /// All that this domain imports and that is still open: interfaces, then names as they were written.
    ///
    /// # Errors
    /// [`DomainError::Gone`].
    pub fn unresolved(&self) -> Result<Vec<String>, DomainError> {
        kernel()?.unresolved(self.id)
    }

    /// Whether nothing is open any more.
    ///
    /// # Errors
    /// [`DomainError::Gone`].
    pub fn is_fully_resolved(&self) -> Result<bool, DomainError> {
        self.unresolved().map(|open| open.is_empty())
    }

    /// Places this domain, and every other that it is linked to and that is not yet placed; then runs its entry.
    ///
    /// # Errors
    /// [`DomainError::NoRight`] without the right to install; [`DomainError::Unresolved`] names all that is open, in this or in
    /// one that it is linked to, and changes nothing; [`DomainError::Refused`] when it can't be placed or its entry fails: then
    /// this domain ends.
    pub fn initialise(&self) -> Result<(), DomainError> {
        self.need(Rights::INSTALL)?;
        kernel()?.initialise(self.id)
    }

    /// Ends this domain. What has not run is gone at once. What runs is unloaded: everything of it comes back when nobody is
    /// inside any more, and `domain-ended` tells that.
    ///
    /// # Errors
    /// [`DomainError::NoRight`] without the right to destroy; [`DomainError::InUse`] names those that are linked to it.
    pub fn destroy(&self) -> Result<(), DomainError> {
        self.need(Rights::DESTROY)?;
        kernel()?.destroy(self.id)
    }

    /// The same domain with those of its rights that are among `rights`.
    #[must_use]
    pub const fn duplicate(&self, rights: Rights) -> Self {
        Self { id: self.id, rights: self.rights.and(rights) }
    }

    /// What the holder may do.
    pub const fn rights(&self) -> Rights {
        self.rights
    }

    /// Its number, which no other ever has.
    pub const fn id(&self) -> DomainId {
        self.id
    }

    /// Its name.
    ///
    /// # Errors
    /// [`DomainError::Gone`].
    pub fn name(&self) -> Result<String, DomainError> {
        kernel()?.name(self.id).ok_or(DomainError::Gone { domain: self.id })
    }

    fn need(&self, right: Rights) -> Result<(), DomainError> {
        if self.rights.has(right) {
            return Ok(());
        }
        Err(DomainError::NoRight { domain: self.id, wanted: right, rights: self.rights })
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "domain {} ({})", self.id, self.rights)
    }
}

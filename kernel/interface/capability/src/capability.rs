//! Capability: what its holder may use until it is revoked, with its type and without.

use alloc::string::String;
use core::any::type_name;
use core::fmt;

use spindle_sync::{AnyRevocable, Revocable};

/// The right to use a `T` of somebody else's, for as long as that one leaves it.
///
/// Whoever holds one can hand on clones of it. It can't be made of anything but another one, and not be widened:
///
/// ```compile_fail,E0616
/// use spindle_capability::Capability;
///
/// fn forge(other: Capability<u8>) -> Capability<u64> {
///     Capability { handle: other.handle }
/// }
/// ```
///
/// What it stands for can't be kept beyond one use:
///
/// ```compile_fail
/// use spindle_capability::Capability;
///
/// fn keep(number: &Capability<u64>) -> Option<&u64> {
///     number.with(|number| number).ok()
/// }
/// ```
///
/// Not even what is there for ever, since whoever gave it may not be:
///
/// ```compile_fail
/// use spindle_capability::Capability;
///
/// fn keep(number: &Capability<u64>) {
///     let mut kept: Option<&'static u64> = None;
///     let _ = number.with(|number| kept = Some(number));
/// }
/// ```
pub struct Capability<T: 'static> {
    handle: Revocable<T>,
}

/// A capability whose type is not written down.
///
/// It has no use but to be [`typed`](Self::typed), or to be put where any may lie. It does not revoke:
///
/// ```compile_fail,E0599
/// fn revoke(other: &spindle_capability::AnyCapability) {
///     other.revoke();
/// }
/// ```
#[derive(Clone)]
pub struct AnyCapability {
    handle: AnyRevocable,
}

/// The capability was revoked: what it stood for is gone, or is no longer for its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked;

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the capability was revoked")
    }
}

impl core::error::Error for Revoked {}

/// A capability stands for something else than was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongType {
    /// What was asked for.
    pub wanted: String,
}

impl WrongType {
    pub(crate) fn wanted<T>() -> Self {
        Self { wanted: type_name::<T>().into() }
    }
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the capability is not one of `{}`", self.wanted)
    }
}

impl core::error::Error for WrongType {}

impl<T: 'static> Capability<T> {
    pub(crate) fn of(handle: Revocable<T>) -> Self {
        Self { handle }
    }

    /// Runs `f` with what the capability stands for. Revoked meanwhile, that stays whole until `f` has returned.
    ///
    /// # Errors
    /// [`Revoked`], without `f` having run.
    ///
    /// # Context
    /// Any core, interrupts included. Neither locks nor allocates. `f` can be sent to another core, so it can't have the means by
    /// which a strand blocks: what it uses is there for as long as this core reads.
    #[inline(always)]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R + Send) -> Result<R, Revoked> {
        self.handle.with(f).ok_or(Revoked)
    }

    /// Whether it was revoked. If not, it can be by the time that this is known.
    pub fn is_revoked(&self) -> bool {
        self.handle.is_revoked()
    }

    /// The same capability, with its type forgotten.
    pub fn erase(&self) -> AnyCapability {
        AnyCapability { handle: self.handle.erase() }
    }
}

impl AnyCapability {
    /// The capability with its type.
    ///
    /// # Errors
    /// [`WrongType`], if it is one of something else.
    pub fn typed<T: 'static>(&self) -> Result<Capability<T>, WrongType> {
        self.handle.typed().map(Capability::of).ok_or_else(WrongType::wanted::<T>)
    }

    /// Whether it was revoked. If not, it can be by the time that this is known.
    pub fn is_revoked(&self) -> bool {
        self.handle.is_revoked()
    }

    /// The same for all clones of one capability, and for no others as long as there is one of them.
    pub(crate) fn address(&self) -> usize {
        self.handle.address()
    }
}

impl<T: 'static> From<Capability<T>> for AnyCapability {
    fn from(capability: Capability<T>) -> Self {
        capability.erase()
    }
}

impl<T: 'static> Clone for Capability<T> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone() }
    }
}

/// Equal are clones of one, whatever they stand for.
impl<T: 'static> PartialEq for Capability<T> {
    fn eq(&self, other: &Self) -> bool {
        self.handle.address() == other.handle.address()
    }
}

impl<T: 'static> Eq for Capability<T> {}

/// Equal are clones of one, whatever they stand for.
impl PartialEq for AnyCapability {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for AnyCapability {}

impl<T: 'static> fmt::Debug for Capability<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capability").field("is_revoked", &self.is_revoked()).finish_non_exhaustive()
    }
}

impl fmt::Debug for AnyCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyCapability").field("is_revoked", &self.is_revoked()).finish_non_exhaustive()
    }
}

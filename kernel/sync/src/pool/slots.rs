//! Slots: some of a core's set, for who looks at how many are taken and says how many may be.

use core::fmt;

use super::Link;
use crate::authority::Authority;
use crate::envelope::Slot;

/// Slots that were added to a core's set.
pub struct Slots<T: 'static>(&'static [Link<T>]);

// SAFETY: of a link only its slot is looked at, which never changes, and there only the word that says whether it is taken: that is
// atomic.
unsafe impl<T> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Slots<T> {}

impl<T> Slots<T> {
    pub(super) fn new(links: &'static [Link<T>]) -> Self {
        Self(links)
    }

    fn iter(&self) -> impl Iterator<Item = &'static Slot<T>> {
        // SAFETY: a link is made with its slot, which stays for ever.
        self.0.iter().map(|link| unsafe { link.slot.as_ref() })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many of the first `usable` are taken. Stale at once.
    #[must_use]
    pub fn taken(&self, usable: usize) -> usize {
        self.iter().take(usable).filter(|slot| slot.progress.is_taken()).count()
    }

    /// From now on the first `usable` can be taken, and the others can't. All of the first are free then: what was lost in them is.
    ///
    /// # Context
    /// Not in an interrupt. Only while nobody takes slots of this set, and no message in any of them is on its way.
    pub fn set_usable(&self, _: &Authority, usable: usize) {
        for (at, slot) in self.iter().enumerate() {
            let (is_usable, is_taken) = (at < usable, slot.progress.is_taken());
            if is_usable && is_taken && slot.progress.end() {
                slot.progress.wake_watcher();
            }
            if !is_usable && !is_taken {
                // It was free, and nobody else takes it.
                let _: bool = slot.progress.take();
            }
        }
    }
}

impl<T> fmt::Debug for Slots<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slots").field(&self.0.len()).finish()
    }
}

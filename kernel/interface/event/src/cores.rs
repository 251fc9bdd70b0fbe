//! Cores: which there are, and on which one this runs.

use core::fmt;

use spindle_sync::{MAX_CORES, this_core};

use crate::mailbox;

/// A core, by the kernel's own numbering from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoreId(usize);

impl CoreId {
    /// The core the machine started on.
    pub const FIRST: Self = Self(0);

    /// The core of that number, if a kernel can have so many.
    pub const fn new(index: usize) -> Option<Self> {
        if index < MAX_CORES { Some(Self(index)) } else { None }
    }

    /// Its number, below [`MAX_CORES`].
    pub const fn index(self) -> usize {
        self.0
    }

    /// Whether the core has nothing to do. Stale at once.
    pub fn is_asleep(self) -> bool {
        mailbox::is_asleep(self)
    }

    /// Whether the core runs and takes posts.
    pub fn is_online(self) -> bool {
        mailbox::is_open(self)
    }
}

impl fmt::Display for CoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The core this runs on. A handler stays on its core for as long as it runs.
pub fn current() -> CoreId {
    CoreId(this_core::index())
}

/// Stands in a loop that waits for another core: lets the other one have the machine meanwhile, where they share it.
///
/// # Context
/// Any. `core::hint::spin_loop` won't do in its place: it is no hint that an emulated machine understands.
pub fn relax() {
    this_core::relax();
}

/// The cores that run and take posts.
pub fn online() -> impl Iterator<Item = CoreId> {
    (0..MAX_CORES).map(CoreId).filter(|core| core.is_online())
}

/// How many cores run and take posts.
pub fn count() -> usize {
    online().count()
}

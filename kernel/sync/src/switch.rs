//! A switch that is thrown once, by which several snapshots change in one step.
//!
//! Whoever wants to change several tables at once publishes in each a new one that holds both what was and what is to be,
//! and has every reader ask the same switch which of the two counts. Then the switch is thrown, then tables with nothing
//! but the new are published.
//!
//! # Why nobody sees half of it
//!
//! *Thrown* is stored with release after all tables that ask have been published, and read with acquire. So a reader to
//! whom one table answered "new" reads, from then on, at every other table: one that asks (or a later one), since its
//! publication happens before the throw; and there "new" again, since the switch never goes back and a load that comes
//! later in the order of happening never reads an older value. A plain new table says the same: it is published after
//! the throw. What a reader tells another core by way of anything that synchronises carries this along.
//!
//! Knows nothing of tables.

use crate::primitive::{AtomicBool, Ordering, const_unless_loom};

/// Off until thrown.
#[derive(Debug)]
pub struct Switch(AtomicBool);

impl Switch {
    const_unless_loom! {
        /// One that is off.
        #[expect(clippy::new_without_default, reason = "there is nothing to build a default on")]
        pub const fn new() -> Self {
            Self(AtomicBool::new(false))
        }
    }

    /// Throws it. It stays thrown.
    pub fn throw(&self) {
        // Release: all tables that ask come before; see the module.
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was thrown.
    #[inline(always)]
    pub fn is_thrown(&self) -> bool {
        // Acquire: pairs with the release of `throw`.
        self.0.load(Ordering::Acquire)
    }
}

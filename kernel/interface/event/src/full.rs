//! WhenFull: what becomes of a post that finds no slot.

/// What an event does when a post finds no slot. A post is never lost unless its event says so here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The poster gets its event back at once.
    #[default]
    Refuse,
    /// The poster waits for a slot, and gets its event back when that can't come: when the slots it waits for are held by
    /// a core that waits in the same way, or by its own.
    Block,
    /// The oldest post of this event that has not arrived on that core is dropped for it. At most so many of one event are
    /// on their way to one core.
    DropOldest(u16),
}

//! Room: how many are inside, and how many may be.

use core::sync::atomic::{AtomicU32, Ordering};

/// A room with so many places.
pub(crate) struct Room {
    places: u32,
    /// Relaxed: a number that guards nothing.
    inside: AtomicU32,
}

impl Room {
    pub(crate) const fn new(places: u32) -> Self {
        Self { places, inside: AtomicU32::new(0) }
    }

    /// Whether there was a place just now.
    pub(crate) fn has_place(&self) -> bool {
        self.inside.load(Ordering::Relaxed) < self.places
    }

    /// Takes a place and says how many are taken now; none if there is none. What a guard saw a moment ago does not count:
    /// visitors come on all cores at once.
    pub(crate) fn enter(&self) -> Option<u32> {
        let one_more = |inside| (inside < self.places).then_some(inside + 1);
        let before = self.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        before.ok().map(|before| before + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn a_room_takes_as_many_as_it_has_places() {
        let room = Room::new(2);
        assert!(room.has_place());
        assert_eq!([room.enter(), room.enter(), room.enter()], [Some(1), Some(2), None]);
        assert!(!room.has_place());
    }
}

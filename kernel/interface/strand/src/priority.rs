//! Priority: who gets a core first.

use core::fmt;

use spindle_sync::PRIORITIES;

/// How urgent a strand is. Among those that could run, the highest do; those of one priority take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// Runs when nothing else does.
    pub const LOWEST: Self = Self(0);
    /// What strands have if nobody says otherwise.
    pub const NORMAL: Self = Self(PRIORITIES as u8 / 2);
    /// Runs before everything else.
    pub const HIGHEST: Self = Self(PRIORITIES as u8 - 1);

    /// The priority of that number; none beyond [`HIGHEST`](Self::HIGHEST).
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= Self::HIGHEST.0 { Some(Self(number)) } else { None }
    }

    /// Its number, from 0.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The next higher one; of the highest, itself.
    #[must_use]
    pub const fn higher(self) -> Self {
        if self.0 < Self::HIGHEST.0 { Self(self.0 + 1) } else { self }
    }

    /// The next lower one; of the lowest, itself.
    #[must_use]
    pub const fn lower(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self::NORMAL
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Priority;

    #[test]
    fn priorities_end_at_both_ends() {
        assert_eq!(Priority::HIGHEST.higher(), Priority::HIGHEST);
        assert_eq!(Priority::LOWEST.lower(), Priority::LOWEST);
        assert!(Priority::NORMAL.lower() < Priority::NORMAL && Priority::NORMAL < Priority::NORMAL.higher());
        assert_eq!(Priority::new(Priority::HIGHEST.number() + 1), None);
        assert_eq!(Priority::new(0), Some(Priority::LOWEST));
    }
}

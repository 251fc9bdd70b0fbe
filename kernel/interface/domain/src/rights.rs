//! Rights: what the holder of a domain may do with it.

use core::fmt;
use core::ops::BitOr;

/// A set of rights on a domain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Others may be linked to what it exports.
    pub const IMPORT: Self = Self(1);
    /// It may be linked to others, and taken apart from them again; a container may be given parts.
    pub const MODIFY: Self = Self(2);
    /// Its code may begin to run.
    pub const INSTALL: Self = Self(4);
    /// It may be ended.
    pub const DESTROY: Self = Self(8);
    /// All of these.
    pub const ALL: Self = Self(15);

    /// Whether each of `others` is among these.
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Those that are among both.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}

impl BitOr for Rights {
    type Output = Self;

    fn bitor(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::IMPORT, "import"),
            (Self::MODIFY, "modify"),
            (Self::INSTALL, "install"),
            (Self::DESTROY, "destroy"),
        ];
        let mut before = "";
        for (_, name) in names.iter().filter(|(right, _)| self.has(*right)) {
            write!(f, "{before}{name}")?;
            before = ", ";
        }
        if before.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Rights;
    use alloc::string::ToString;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let rights = Rights::IMPORT | Rights::DESTROY;
        assert!(rights.has(Rights::IMPORT) && rights.has(rights) && rights.has(Rights::NONE));
        assert!(!rights.has(Rights::MODIFY) && !rights.has(Rights::ALL));
        assert_eq!(rights.and(Rights::DESTROY | Rights::INSTALL), Rights::DESTROY);
    }

    #[test]
    fn a_set_is_told_by_name() {
        assert_eq!(Rights::ALL.to_string(), "import, modify, install, destroy");
        assert_eq!(Rights::NONE.to_string(), "nothing");
    }
}

//! How large a strand's stack can be, and why there is none.

use core::fmt;

/// How large a stack is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackBytes {
    /// 8 KiB: for code whose depth is known.
    Small,
    /// 16 KiB.
    Medium,
    /// 32 KiB: for whatever the kernel offers.
    #[default]
    Large,
}

impl StackBytes {
    /// All there are, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        (8 << 10) << self as usize
    }

    /// The smallest that has so many bytes.
    #[inline]
    #[must_use]
    pub fn of_bytes(bytes: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|size| bytes <= size.bytes())
    }
}

/// Why there is no stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStack {
    /// There are as many as there can be.
    TooMany {
        /// How many of that size.
        limit: usize,
    },
    /// There is no memory for it.
    NoMemory {
        /// How much it takes.
        bytes: usize,
    },
}

impl fmt::Display for NoStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { limit } => write!(f, "there are {limit} stacks of that size already"),
            Self::NoMemory { bytes } => write!(f, "no memory for a stack of {bytes} bytes"),
        }
    }
}

impl core::error::Error for NoStack {}

#[cfg(test)]
mod tests {
    use super::StackBytes;

    #[test]
    fn a_stack_is_the_smallest_that_is_large_enough() {
        assert_eq!(StackBytes::of_bytes(0), Some(StackBytes::Small));
        assert_eq!(StackBytes::of_bytes(8193).map(StackBytes::bytes), Some(16 << 10));
        assert_eq!(StackBytes::of_bytes(32 << 10), Some(StackBytes::Large));
        assert_eq!(StackBytes::of_bytes((32 << 10) + 1), None);
    }
}

//! Proof of being the kernel, as a value of no size.
//!
//! Interface crates hold functions that only the kernel may call. They ask for `&Authority`; an extension has
//! none and cannot make one. The idea is Tock's (`kernel/src/capabilities.rs`): authority seen in the
//! signature, at no cost.

/// Proof that its holder is the kernel. Not `Clone`: who holds a reference was handed one.
#[derive(Debug)]
pub struct Authority {
    _private: (),
}

impl Authority {
    /// Makes the proof.
    ///
    /// # Safety
    ///
    /// The caller is the kernel's start-up (or a test standing in for it) and lets no reference reach an
    /// extension.
    pub const unsafe fn mint() -> Self {
        Self { _private: () }
    }
}

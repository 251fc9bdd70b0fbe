//! The barriers that the interrupt path needs; on the host, where one thread plays all parts, none.

#[cfg(target_os = "none")]
mod machine {
    use aarch64_cpu::asm::barrier;

    /// All stores before are seen by other cores before anything after happens.
    #[inline(always)]
    pub(crate) fn stores_are_visible() {
        barrier::dsb(barrier::ISHST);
    }

    /// An acknowledge register was read, and no load after it happened earlier.
    #[inline(always)]
    pub(crate) fn acknowledge_is_done() {
        barrier::dsb(barrier::SY);
    }

    /// Writes to system registers before have taken effect.
    #[inline(always)]
    pub(crate) fn system_registers_are_written() {
        barrier::isb(barrier::SY);
    }
}

#[cfg(not(target_os = "none"))]
mod machine {
    #[inline(always)]
    pub(crate) const fn stores_are_visible() {}

    #[inline(always)]
    pub(crate) const fn acknowledge_is_done() {}

    #[inline(always)]
    pub(crate) const fn system_registers_are_written() {}
}

pub(crate) use machine::{acknowledge_is_done, stores_are_visible, system_registers_are_written};

//! The core, on the host: a thread with a number.

use core::cell::Cell;

use crate::primitive::{per_thread, step_aside};

per_thread! {
    static INDEX: Option<usize> = None;
}

/// Nothing to remember: threads have no interrupts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mask;

#[expect(clippy::expect_used, reason = "the documented panic of a thread that is no core")]
pub(super) fn index() -> usize {
    INDEX.with(Cell::get).expect("this thread is not registered as a core")
}

pub(crate) fn set_index(index: Option<usize>) {
    INDEX.with(|here| here.set(index));
}

pub(super) fn relax() {
    step_aside();
}

pub(super) fn wait() {
    step_aside();
}

pub(super) fn instructions() -> u64 {
    0
}

pub(super) fn ticks() -> u64 {
    0
}

pub(super) fn ticks_per_second() -> u64 {
    1_000_000_000
}

pub(super) fn is_masked() -> bool {
    false
}

pub(super) fn mask_irqs() -> Mask {
    Mask
}

pub(super) fn restore_irqs(_found: Mask) {}

pub(super) fn keep_irqs_out() {}

pub(super) fn let_irqs_in() {}

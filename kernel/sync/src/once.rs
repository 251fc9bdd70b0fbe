//! A cell that is written once: `spin`'s, with a wait that hands the turn on.

use crate::lock::Yielding;

/// A value that is set once and read for ever after; a reader of a set value pays one acquire load.
///
/// # Context
///
/// [`get`](spin::once::Once::get) anywhere. `call_once` waits for another core that is in it, so never from
/// an interrupt.
pub type Once<T = ()> = spin::once::Once<T, Yielding>;

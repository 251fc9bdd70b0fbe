//! Caught: where a raise goes on whose handler was given up without a boundary, and what follows from it.
//!
//! A handler without budget and guards is called straight: nothing is noted beforehand, and who does not fail pays nothing. When
//! one fails, the kernel walks its stack, frame by frame, and asks here for each function that it finds whether the call of a handler
//! begins with it. All such functions are compiled into the installer's code, one set for each type of handler; the addresses
//! of each set stand in the handler's record.
//!
//! Handlers of one type at several places (one closure, installed in a loop) share their functions. Where a walk has called one, the
//! walk's own frame tells which it was: it holds the address of the row that has its turn. Where nothing tells, all
//! that it could have been are struck.
//!
//! Does not know how a stack is walked, nor how a core goes on elsewhere.

use alloc::sync::Arc;
use alloc::vec::Vec;

use spindle_sync::Authority;
use spindle_sync::boundary::{self, End};

use crate::desk::Desk;
use crate::record::Record;
use crate::registry;
use crate::trouble;
use crate::turns::RUNS;

/// By what the calls of a handler are recognised on a stack: addresses of functions, and of the handler's state. All zero
/// for one that always runs within a boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frames {
    /// Where its state lies: what a walk notes while the handler has its turn.
    pub(crate) state: usize,
    /// A turn in a walk.
    pub(crate) turn: usize,
    /// The handler alone.
    pub(crate) handle: usize,
    /// A whole raise.
    pub(crate) raise: usize,
    /// What gives the result of a raise in which nobody contributed.
    pub(crate) nothing: usize,
}

/// How the caller of a function that is given up goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catch {
    /// As if that had returned. It returns nothing.
    Return,
    /// As if it had called the function at this address instead, which takes nothing and returns the same.
    Instead(usize),
}

impl Frames {
    fn catch(&self, function: usize) -> Option<Catch> {
        if function == 0 {
            None
        } else if function == self.raise {
            Some(Catch::Instead(self.nothing))
        } else {
            (function == self.turn || function == self.handle).then_some(Catch::Return)
        }
    }
}

/// How the caller of `function` goes on if that is given up: it is there if the call of a handler begins with it. Not while its
/// guard is asked, which its walk knows better.
///
/// # Context
/// Not in interrupt context, no lock held. Waits for changes of events, never for a raise.
pub fn catch(_: &Authority, function: usize) -> Option<Catch> {
    let asking = boundary::asking_row();
    let of = |record: &Arc<Record>| {
        let is_asking = function == record.frames.turn && asking == Some(record.frames.state);
        record.frames.catch(function).filter(|_| !is_asking)
    };
    registry::listed().iter().find_map(|event| event.ask(|book| book.records().find_map(of)))
}

/// Does what follows for the handler that `function` was called for, and that was given up. `frame` are the words of its
/// caller's frame.
///
/// # Context
/// Not in interrupt context, no lock held. Allocates.
pub fn report(_: &Authority, function: usize, frame: &[usize], end: End) {
    for record in meant(candidates(function), frame) {
        trouble::report(&record, end, false);
    }
}

fn candidates(function: usize) -> Vec<Arc<Record>> {
    let has_it = |record: &&Arc<Record>| record.frames.catch(function).is_some();
    let of = |event: &Arc<Desk>| event.ask(|book| book.records().filter(has_it).cloned().collect::<Vec<_>>());
    registry::listed().iter().flat_map(of).collect()
}

/// Those of `candidates` that the walk with this frame says have their turn; all, if it does not say.
fn meant(candidates: Vec<Arc<Record>>, frame: &[usize]) -> Vec<Arc<Record>> {
    if candidates.len() < 2 {
        return candidates;
    }
    let has_turn = |state: usize| frame.windows(2).any(|pair| pair == [state, RUNS]);
    let named: Vec<_> = candidates.iter().filter(|record| has_turn(record.frames.state)).cloned().collect();
    if named.is_empty() { candidates } else { named }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    use super::{Catch, Frames, meant};
    use crate::record::Record;

    const FRAMES: Frames = Frames { state: 0x40, turn: 0x100, handle: 0x200, raise: 0x300, nothing: 0x400 };

    fn record(state: usize) -> Arc<Record> {
        Arc::new(Record { frames: Frames { state, ..FRAMES }, ..Record::plain() })
    }

    fn states(records: &[Arc<Record>]) -> Vec<usize> {
        records.iter().map(|record| record.frames.state).collect()
    }

    #[test]
    fn each_way_to_call_a_handler_is_recognised() {
        assert_eq!(FRAMES.catch(0x100), Some(Catch::Return));
        assert_eq!(FRAMES.catch(0x200), Some(Catch::Return));
        assert_eq!(FRAMES.catch(0x300), Some(Catch::Instead(0x400)));
        assert_eq!((FRAMES.catch(0x104), Frames::default().catch(0)), (None, None));
    }

    #[test]
    fn of_handlers_of_one_type_the_walk_tells_which_it_was() {
        let both = || alloc::vec![record(0x40), record(0x80)];
        assert_eq!(states(&meant(both(), &[7, 0x80, 1, 0])), [0x80]);
        assert_eq!(states(&meant(both(), &[7, 0x80, 2, 0x40])), [0x40, 0x80]);
        assert_eq!(states(&meant(alloc::vec![record(0x40)], &[0x80, 1])), [0x40]);
    }
}

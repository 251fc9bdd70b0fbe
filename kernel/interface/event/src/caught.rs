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
//! A handler that fails may have been taken off its event meanwhile, by an unload for one: what is gone from its book is still known
//! until every raise has ended that began before (`gone.rs`).
//!
//! Does not know how a stack is walked, nor how a core goes on elsewhere.

use alloc::sync::Arc;
use alloc::vec::Vec;

use spindle_sync::Authority;
use spindle_sync::boundary::{self, End};

use crate::book::Book;
use crate::desk::Desk;
use crate::gone::{self, Gone};
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

/// The guard of one of these is being asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IsAsking;

impl Frames {
    /// How the caller of `function` goes on if one of these is called by it.
    ///
    /// # Errors
    /// [`IsAsking`] when it is the turn of one whose state is `asking`.
    pub(crate) fn choose<'a>(
        these: impl Iterator<Item = &'a Self>,
        function: usize,
        asking: Option<usize>,
    ) -> Result<Option<Catch>, IsAsking> {
        let mut found = None;
        for frames in these {
            let Some(catch) = frames.catch(function) else { continue };
            if function == frames.turn && asking == Some(frames.state) {
                return Err(IsAsking);
            }
            found = Some(catch);
            // All of a type go on alike; which of them is asking has to be seen.
            if asking.is_none() {
                break;
            }
        }
        Ok(found)
    }

    pub(crate) fn catch(&self, function: usize) -> Option<Catch> {
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
    for event in registry::listed().iter() {
        let choose = |book: &mut Book| {
            let frames = book.records().map(|record| &record.frames);
            Some(Frames::choose(frames, function, asking))
        };
        match event.ask(choose) {
            Some(Ok(None)) | None => {}
            Some(Ok(catch)) => return catch,
            Some(Err(_)) => return None,
        }
    }
    gone::find(function, asking)
}

/// Does what follows for the handler that `function` was called for, and that was given up. `frame` are the words of its
/// caller's frame.
///
/// # Context
/// Not in interrupt context, no lock held. Allocates.
pub fn report(_: &Authority, function: usize, frame: &[usize], end: End) {
    let has_turn = |state: usize| frame.windows(2).any(|pair| pair == [state, RUNS]);
    match Meant::of(installed(function), gone::candidates(function), has_turn) {
        Meant::Installed(records) => records.iter().for_each(|record| trouble::report(record, end, false)),
        Meant::Gone(gone) => gone.into_iter().for_each(|gone| trouble::report_gone(gone, end)),
    }
}

fn installed(function: usize) -> Vec<Arc<Record>> {
    let has_it = |record: &&Arc<Record>| record.frames.catch(function).is_some();
    let of = |event: &Arc<Desk>| event.ask(|book| book.records().filter(has_it).cloned().collect::<Vec<_>>());
    registry::listed().iter().flat_map(of).collect()
}

/// Whom a failure is about.
enum Meant {
    Installed(Vec<Arc<Record>>),
    Gone(Vec<Gone>),
}

impl Meant {
    /// Those whose state `has_turn`. If none has, all that are installed; those that are gone only if none is, since many of
    /// the same type may be.
    fn of(installed: Vec<Arc<Record>>, gone: Vec<Gone>, has_turn: impl Fn(usize) -> bool) -> Self {
        if installed.len() == 1 && gone.is_empty() {
            return Self::Installed(installed);
        }
        let named = installed.iter().filter(|record| has_turn(record.frames.state)).cloned();
        let named: Vec<_> = named.collect();
        if !named.is_empty() {
            return Self::Installed(named);
        }
        let named: Vec<_> = gone.iter().filter(|gone| has_turn(gone.frames.state)).cloned().collect();
        match (named.is_empty(), installed.is_empty()) {
            (false, _) => Self::Gone(named),
            (true, false) => Self::Installed(installed),
            (true, true) => Self::Gone(gone),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use alloc::vec::Vec;

    use super::{Catch, Frames, IsAsking, Meant};
    use crate::gone::Gone;
    use crate::record::Record;

    const FRAMES: Frames = Frames { state: 0x40, turn: 0x100, handle: 0x200, raise: 0x300, nothing: 0x400 };

    fn installed(states: &[usize]) -> Vec<Arc<Record>> {
        let of = |state| Arc::new(Record { frames: Frames { state, ..FRAMES }, ..Record::plain() });
        states.iter().copied().map(of).collect()
    }

    fn gone(states: &[usize]) -> Vec<Gone> {
        let id = Record::plain().id();
        let of = |state| Gone { frames: Frames { state, ..FRAMES }, id, code: 0, event: None };
        states.iter().copied().map(of).collect()
    }

    /// States of those that are installed and meant, and of those that are gone and meant.
    fn meant(here: &[usize], not_here: &[usize], turn: usize) -> (Vec<usize>, Vec<usize>) {
        match Meant::of(installed(here), gone(not_here), |state| state == turn) {
            Meant::Installed(records) => {
                (records.iter().map(|record| record.frames.state).collect(), Vec::new())
            }
            Meant::Gone(gone) => (Vec::new(), gone.iter().map(|gone| gone.frames.state).collect()),
        }
    }

    #[test]
    fn each_way_to_call_a_handler_is_recognised() {
        assert_eq!(FRAMES.catch(0x100), Some(Catch::Return));
        assert_eq!(FRAMES.catch(0x200), Some(Catch::Return));
        assert_eq!(FRAMES.catch(0x300), Some(Catch::Instead(0x400)));
        assert_eq!((FRAMES.catch(0x104), Frames::default().catch(0)), (None, None));
    }

    #[test]
    fn a_turn_whose_guard_is_asked_is_no_call_of_a_handler_though_others_are_of_its_type() {
        let both = [Frames { state: 0x80, ..FRAMES }, FRAMES];
        let choose = |function, asking| Frames::choose(both.iter(), function, asking);
        assert_eq!(choose(0x100, Some(0x40)), Err(IsAsking));
        assert_eq!(choose(0x100, Some(0x80)), Err(IsAsking));
        assert_eq!(choose(0x100, Some(0xc0)), Ok(Some(Catch::Return)));
        assert_eq!(choose(0x200, Some(0x40)), Ok(Some(Catch::Return)));
        assert_eq!((choose(0x100, None), choose(0x104, None)), (Ok(Some(Catch::Return)), Ok(None)));
    }

    #[test]
    fn of_handlers_of_one_type_the_walk_tells_which_it_was() {
        let nobody = Vec::new();
        assert_eq!(meant(&[0x40, 0x80], &[], 0x80), ([0x80].to_vec(), nobody.clone()));
        assert_eq!(meant(&[0x40, 0x80], &[], 0), ([0x40, 0x80].to_vec(), nobody.clone()));
        assert_eq!(meant(&[0x40], &[], 0x80), ([0x40].to_vec(), nobody));
    }

    #[test]
    fn who_is_gone_is_meant_if_the_walk_says_so_or_nobody_is_installed() {
        let nobody = Vec::new();
        assert_eq!(meant(&[0x40], &[0x80], 0x80), (nobody.clone(), [0x80].to_vec()));
        assert_eq!(meant(&[0x40], &[0x80], 0), ([0x40].to_vec(), nobody.clone()));
        assert_eq!(meant(&[], &[0x80], 0), (nobody, [0x80].to_vec()));
    }
}

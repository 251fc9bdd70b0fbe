//! How the results of several handlers become the one result of a raise.
//!
//! The merge is part of the event's type: whoever declares the event decides it, and it is compiled into the raise.
//! It is a left fold in handler order. Nothing is contributed by a handler that did not run (its guard said no), that was
//! given up (it panicked or took too long, as far as it is held to a boundary), or that runs later (an asynchronous one).
//! When none contributed, the default handler runs; an event without one gives its raiser what [`Merge::finish`] makes of
//! [`Merge::start`].

use alloc::vec::Vec;
use core::ops::AddAssign;

/// Folds the results `R` of the handlers of one raise.
///
/// An event may name a merge of its own: implement this for an empty type.
pub trait Merge<R>: 'static {
    /// What is kept between two handlers; it lives in the raiser's frame.
    type State;
    /// What the raiser gets.
    type Output;
    /// Whether `fold` can stop a raise; a walk does not ask after each handler where it can't.
    const CAN_STOP: bool = true;

    /// The state before any handler ran.
    fn start() -> Self::State;
    /// Takes in the result of one more handler.
    fn fold(state: &mut Self::State, result: R) -> Flow;
    /// What the raiser gets.
    fn finish(state: Self::State) -> Self::Output;
}

/// Whether a raise goes on to the next handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next handler has its turn.
    Continue,
    /// The raise is claimed: no further handler runs.
    Stop,
}

/// No handler ran, and the event promises a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHandled;

impl core::fmt::Display for NotHandled {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no handler ran for this raise")
    }
}

impl core::error::Error for NotHandled {}

/// Every handler runs; there is no result to merge. The merge of an event that only tells.
#[derive(Debug)]
pub enum Each {}

impl Merge<()> for Each {
    type State = ();
    type Output = ();
    const CAN_STOP: bool = false;

    #[inline]
    fn start() {}
    #[inline]
    fn fold((): &mut (), (): ()) -> Flow {
        Flow::Continue
    }
    #[inline]
    fn finish((): ()) {}
}

/// Every handler runs; the last one's result counts.
#[derive(Debug)]
pub enum Last {}

impl<R: 'static> Merge<R> for Last {
    type State = Option<R>;
    type Output = Result<R, NotHandled>;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> Option<R> {
        None
    }
    #[inline]
    fn fold(state: &mut Option<R>, result: R) -> Flow {
        *state = Some(result);
        Flow::Continue
    }
    #[inline]
    fn finish(state: Option<R>) -> Result<R, NotHandled> {
        state.ok_or(NotHandled)
    }
}

/// What a handler of a claimable event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<T> {
    /// This raise is mine, and this is the answer; no further handler runs.
    Claimed(T),
    /// Not mine: the next handler has its turn.
    Passed,
}

/// Handlers are asked in order until one claims the raise; its answer counts.
#[derive(Debug)]
pub enum FirstClaimed {}

impl<T: 'static> Merge<Claim<T>> for FirstClaimed {
    type State = Option<T>;
    type Output = Result<T, NotHandled>;

    #[inline]
    fn start() -> Option<T> {
        None
    }
    #[inline]
    fn fold(state: &mut Option<T>, result: Claim<T>) -> Flow {
        match result {
            Claim::Claimed(answer) => {
                *state = Some(answer);
                Flow::Stop
            }
            Claim::Passed => Flow::Continue,
        }
    }
    #[inline]
    fn finish(state: Option<T>) -> Result<T, NotHandled> {
        state.ok_or(NotHandled)
    }
}

/// Every handler runs; true when one of them said true. False when none ran.
#[derive(Debug)]
pub enum Any {}

impl Merge<bool> for Any {
    type State = bool;
    type Output = bool;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> bool {
        false
    }
    #[inline]
    fn fold(state: &mut bool, result: bool) -> Flow {
        *state |= result;
        Flow::Continue
    }
    #[inline]
    fn finish(state: bool) -> bool {
        state
    }
}

/// Every handler runs; true unless one of them said false. True when none ran.
#[derive(Debug)]
pub enum All {}

impl Merge<bool> for All {
    type State = bool;
    type Output = bool;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> bool {
        true
    }
    #[inline]
    fn fold(state: &mut bool, result: bool) -> Flow {
        *state &= result;
        Flow::Continue
    }
    #[inline]
    fn finish(state: bool) -> bool {
        state
    }
}

/// Every handler runs; the results are added up, from `R::default()`.
#[derive(Debug)]
pub enum Sum {}

impl<R: Default + AddAssign + 'static> Merge<R> for Sum {
    type State = R;
    type Output = R;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> R {
        R::default()
    }
    #[inline]
    fn fold(state: &mut R, result: R) -> Flow {
        *state += result;
        Flow::Continue
    }
    #[inline]
    fn finish(state: R) -> R {
        state
    }
}

/// Every handler runs; the least result counts, the earlier one of two equal ones.
#[derive(Debug)]
pub enum Min {}

impl<R: Ord + 'static> Merge<R> for Min {
    type State = Option<R>;
    type Output = Result<R, NotHandled>;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> Option<R> {
        None
    }
    #[inline]
    fn fold(state: &mut Option<R>, result: R) -> Flow {
        if state.as_ref().is_none_or(|least| result < *least) {
            *state = Some(result);
        }
        Flow::Continue
    }
    #[inline]
    fn finish(state: Option<R>) -> Result<R, NotHandled> {
        state.ok_or(NotHandled)
    }
}

/// Every handler runs; the greatest result counts, the earlier one of two equal ones.
#[derive(Debug)]
pub enum Max {}

impl<R: Ord + 'static> Merge<R> for Max {
    type State = Option<R>;
    type Output = Result<R, NotHandled>;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> Option<R> {
        None
    }
    #[inline]
    fn fold(state: &mut Option<R>, result: R) -> Flow {
        if state.as_ref().is_none_or(|greatest| result > *greatest) {
            *state = Some(result);
        }
        Flow::Continue
    }
    #[inline]
    fn finish(state: Option<R>) -> Result<R, NotHandled> {
        state.ok_or(NotHandled)
    }
}

/// Every handler runs; the raiser gets all results in handler order. The one merge here that allocates.
#[derive(Debug)]
pub enum Collect {}

impl<R: 'static> Merge<R> for Collect {
    type State = Vec<R>;
    type Output = Vec<R>;
    const CAN_STOP: bool = false;

    #[inline]
    fn start() -> Vec<R> {
        Vec::new()
    }
    #[inline]
    fn fold(state: &mut Vec<R>, result: R) -> Flow {
        state.push(result);
        Flow::Continue
    }
    #[inline]
    fn finish(state: Vec<R>) -> Vec<R> {
        state
    }
}

//! Waiting: the posts of an event that drops its oldest, until they arrive.
//!
//! Such a post leaves its arguments with the event and sends a token. A token that arrives raises the event with the
//! oldest arguments that are waiting for that core. So when there are too many, the oldest can be dropped and the new ones
//! go with the tokens that are on their way already.
//!
//! Invariant: for each core there are as many tokens on their way as arguments waiting.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::cores::CoreId;
use crate::posted::Posted;

/// What waits for one core.
struct Lane<A> {
    core: CoreId,
    args: VecDeque<A>,
    tokens: VecDeque<Posted>,
}

/// What waits, for each core.
pub(crate) struct Waiting<A> {
    lanes: Vec<Lane<A>>,
}

/// What came of arguments that were to wait.
pub(crate) enum Offered<A> {
    /// They wait; a token is on its way for them.
    Waits(Posted),
    /// They wait in the place of the oldest, which are to be dropped.
    Instead(Posted, A),
    /// They don't wait: there is no slot for a token, and none on its way.
    Refused(A),
}

impl<A> Waiting<A> {
    pub(crate) fn new() -> Self {
        Self { lanes: Vec::new() }
    }

    fn lane(&mut self, core: CoreId) -> &mut Lane<A> {
        let at = self.lanes.iter().position(|lane| lane.core == core).unwrap_or_else(|| {
            self.lanes.push(Lane { core, args: VecDeque::new(), tokens: VecDeque::new() });
            self.lanes.len() - 1
        });
        &mut self.lanes[at]
    }

    /// Has `args` wait for `core`, with a token that `send` sends; if `most` wait already, or it can't be sent, with that of
    /// the oldest.
    pub(crate) fn offer(
        &mut self,
        core: CoreId,
        args: A,
        most: usize,
        send: impl FnOnce() -> Option<Posted>,
    ) -> Offered<A> {
        let lane = self.lane(core);
        let token = if lane.args.len() < most.max(1) { send() } else { None };
        if let Some(token) = token {
            lane.args.push_back(args);
            lane.tokens.push_back(token);
            return Offered::Waits(token);
        }
        // The tokens go on to the next: the last one is that of what comes last.
        let Some((oldest, last)) = lane.args.pop_front().zip(lane.tokens.back().copied()) else {
            return Offered::Refused(args);
        };
        lane.args.push_back(args);
        Offered::Instead(last, oldest)
    }

    /// A token has arrived: takes out the oldest arguments.
    pub(crate) fn arrive(&mut self, core: CoreId) -> Option<A> {
        let lane = self.lane(core);
        lane.tokens.pop_front();
        lane.args.pop_front()
    }
}

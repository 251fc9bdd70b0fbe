//! Loans: the priorities that a strand has been lent, by those who wait for locks that it holds.
//!
//! Invariant: while there is a loan the strand is as urgent as its own priority and all loans, and when the last goes back it has its own
//! again: the one that it had when the first was made. Who sets the priority of a strand meanwhile has it set back.
//!
//! Source: Sha, Rajkumar and Lehoczky, *Priority Inheritance Protocols*, IEEE Transactions on Computers 39(9), 1990: the basic
//! protocol.

use alloc::vec::Vec;

use spindle_strand::{Priority, Strand};

/// What one strand has been lent.
#[derive(Debug, Default)]
pub(super) struct Loans {
    /// Its own priority, while there is a loan.
    own: Priority,
    all: Vec<Loan>,
}

#[derive(Clone, Copy, Debug)]
struct Loan {
    lock: usize,
    priority: Priority,
}

impl Loans {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.all.is_empty()
    }

    /// One more, or a larger one; whether `strand` is more urgent now.
    pub(super) fn lend(&mut self, strand: Strand, lock: usize, priority: Priority) -> bool {
        let Ok(now) = strand.priority() else { return false };
        if self.all.is_empty() {
            self.own = now;
        }
        if let Some(loan) = self.all.iter_mut().find(|loan| loan.lock == lock) {
            loan.priority = loan.priority.max(priority);
        } else if self.all.try_reserve(1).is_ok() {
            self.all.push(Loan { lock, priority });
        } else {
            return false;
        }
        priority > now && strand.set_priority(priority).is_ok()
    }

    /// That for `lock` goes back.
    pub(super) fn give_back(&mut self, strand: Strand, lock: usize) {
        let before = self.all.len();
        self.all.retain(|loan| loan.lock != lock);
        if self.all.len() < before {
            let wanted = self.all.iter().fold(self.own, |most, loan| most.max(loan.priority));
            // One that has ended has none any more.
            let _ = strand.set_priority(wanted);
        }
    }
}

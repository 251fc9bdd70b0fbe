//! Limits: what an event's owner allows those who handle it.

use crate::budget::Budget;

/// What handlers of one event are held to. Part of the event's declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bindings the event takes. Bounds the time an install keeps its core's interrupts masked.
    pub bindings: usize,
    /// How often a binding may overrun or panic before it is uninstalled for good.
    pub strikes: u32,
    /// How long a guard may take; up to twice that before it is ended.
    pub guard: Budget,
    /// What a handler gets that asks for no budget of its own, unless the owner installs it.
    pub budget: Option<Budget>,
    /// The most that a handler gets, whatever it asks for, unless the owner installs it.
    pub longest: Option<Budget>,
}

impl Limits {
    /// What an event has whose owner says nothing.
    pub const DEFAULT: Self =
        Self { bindings: 4096, strikes: 3, guard: Budget::microseconds(1000), budget: None, longest: None };

    /// The budget of a stranger who asks for `asked`.
    pub(crate) fn grant(&self, asked: Option<Budget>) -> Option<Budget> {
        let budget = asked.or(self.budget);
        match (budget, self.longest) {
            (Some(budget), Some(longest)) => Some(budget.min(longest)),
            (None, longest) => longest,
            (budget, None) => budget,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;
    use crate::budget::Budget;

    #[test]
    fn a_stranger_gets_what_it_asks_for_up_to_the_longest() {
        let (short, long) = (Budget::microseconds(1), Budget::microseconds(9));
        let limits = Limits { budget: Some(long), longest: None, ..Limits::DEFAULT };
        assert_eq!((limits.grant(None), limits.grant(Some(short))), (Some(long), Some(short)));
        let limits = Limits { budget: None, longest: Some(short), ..Limits::DEFAULT };
        assert_eq!((limits.grant(None), limits.grant(Some(long))), (Some(short), Some(short)));
        assert_eq!(Limits::DEFAULT.grant(None), None);
    }
}

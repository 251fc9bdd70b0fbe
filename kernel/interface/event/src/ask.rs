//! Ask: what an authorizer sees of an install, and what it may answer.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

use crate::bound::Bound;
use crate::budget::Budget;
use crate::guard::Guard;
use crate::key::Key;
use crate::merge::Merge;
use crate::order::Rank;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::registry;

/// Somebody asks for a binding.
pub struct Ask<'a, A: ?Sized + 'static> {
    pub(crate) code: usize,
    pub(crate) offered: Option<&'a dyn Any>,
    pub(crate) rank: Rank,
    pub(crate) is_default: bool,
    pub(crate) is_filter: bool,
    pub(crate) has_guard: bool,
    pub(crate) budget: Option<Budget>,
    pub(crate) placement: Option<Placement>,
    pub(crate) keys: &'a [(&'static Key<A>, Pattern)],
}

impl<'a, A: ?Sized + 'static> Ask<'a, A> {
    pub(crate) fn about<R: 'static, M: Merge<R>>(
        bound: &'a Bound<A, R, M>,
        offered: Option<&'a dyn Any>,
    ) -> Self {
        Self {
            code: bound.code,
            offered,
            rank: bound.wish.rank,
            is_default: bound.is_default,
            is_filter: bound.is_filter(),
            has_guard: bound.has_guard(),
            budget: bound.terms.budget,
            placement: bound.terms.later.map(|later| later.placement),
            keys: &bound.terms.keys,
        }
    }

    /// Name of the domain that the handler's code lies in; none for the kernel's own. Nobody can say another's.
    pub fn domain(&self) -> Option<String> {
        registry::domain_at(self.code)
    }

    /// What the asker offers as proof, if it is a `T`: see [`Proposal::offer`](crate::Proposal::offer).
    pub fn offered<T: Any>(&self) -> Option<&'a T> {
        self.offered?.downcast_ref()
    }

    /// Whether it is to go first, or last.
    pub fn rank(&self) -> Rank {
        self.rank
    }

    /// Whether it is the default handler.
    pub fn is_default(&self) -> bool {
        self.is_default
    }

    /// Whether it is to change the arguments that later handlers see.
    pub fn is_filter(&self) -> bool {
        self.is_filter
    }

    /// Whether a guard of its own stands before it.
    pub fn has_guard(&self) -> bool {
        self.has_guard
    }

    /// What it asks to be held to.
    pub fn budget(&self) -> Option<Budget> {
        self.budget
    }

    /// Where it is to run, if later.
    pub fn placement(&self) -> Option<Placement> {
        self.placement
    }

    /// For which values it is meant, by the names of keys.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &'a Pattern)> {
        self.keys.iter().map(|(key, pattern)| (key.name(), pattern))
    }
}

impl<A: ?Sized + 'static> fmt::Debug for Ask<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("code", &self.code).field("rank", &self.rank).finish_non_exhaustive()
    }
}

/// What an authorizer answers.
pub enum Verdict<A: ?Sized> {
    /// The handler is not installed; the asker is told why.
    Refuse(String),
    /// The handler is installed as proposed.
    Accept,
    /// The handler is installed under these conditions.
    On(Conditions<A>),
}

impl<A: ?Sized> fmt::Debug for Verdict<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuse(why) => f.debug_tuple("Refuse").field(why).finish(),
            Self::Accept => f.write_str("Accept"),
            Self::On(_) => f.write_str("On"),
        }
    }
}

/// What an authorizer demands of a binding, whatever was proposed.
pub struct Conditions<A: ?Sized> {
    pub(crate) guards: Vec<Arc<dyn Guard<A>>>,
    pub(crate) rank: Option<Rank>,
    pub(crate) placement: Option<Placement>,
    pub(crate) budget: Option<Budget>,
}

impl<A: ?Sized> Conditions<A> {
    /// None.
    pub fn new() -> Self {
        Self { guards: Vec::new(), rank: None, placement: None, budget: None }
    }

    /// The handler runs only for raises for which `guard` holds too.
    #[must_use]
    pub fn guard(mut self, guard: impl Guard<A>) -> Self {
        self.guards.push(Arc::new(guard));
        self
    }

    /// The handler has this rank.
    #[must_use]
    pub fn rank(mut self, rank: Rank) -> Self {
        self.rank = Some(rank);
        self
    }

    /// The handler runs here, and only if it is asynchronous at all: others are refused.
    #[must_use]
    pub fn placement(mut self, placement: Placement) -> Self {
        self.placement = Some(placement);
        self
    }

    /// The handler is held to this.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self
    }
}

impl<A: ?Sized> Default for Conditions<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: ?Sized> fmt::Debug for Conditions<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conditions").field("guards", &self.guards.len()).finish_non_exhaustive()
    }
}

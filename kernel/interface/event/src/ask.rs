//! Ask: what an authorizer sees of an install, and what it may answer.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use core::marker::PhantomData;

use crate::bound::Imposed;
use crate::budget::Budget;
use crate::guard::{self, Guard};
use crate::install_error::InstallError;
use crate::order::Rank;
use crate::owned;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::record::Record;
use crate::registry;

/// Somebody asks for a binding.
pub struct Ask<'a> {
    record: &'a Record,
    offered: Option<&'a dyn Any>,
}

impl<'a> Ask<'a> {
    pub(crate) fn about(record: &'a Record, offered: Option<&'a dyn Any>) -> Self {
        Self { record, offered }
    }

    /// Name of the domain that the handler's code lies in; none for the kernel's own. Nobody can say another's.
    pub fn domain(&self) -> Option<String> {
        registry::domain_at(self.record.code)
    }

    /// What the asker offers as proof, if it is a `T`: see [`Proposal::offer`](crate::Proposal::offer).
    pub fn offered<T: Any>(&self) -> Option<&'a T> {
        self.offered?.downcast_ref()
    }

    /// Whether it is to go first, or last.
    pub fn rank(&self) -> Rank {
        self.record.wish.rank
    }

    /// Whether it is to change the arguments that later handlers see.
    pub fn is_filter(&self) -> bool {
        self.record.is_filter()
    }

    /// Whether a guard of its own stands before it.
    pub fn has_guard(&self) -> bool {
        self.record.has_guard
    }

    /// What it asks to be held to.
    pub fn budget(&self) -> Option<Budget> {
        self.record.budget
    }

    /// Where it is to run, if later.
    pub fn placement(&self) -> Option<Placement> {
        self.record.placement
    }

    /// For which values it is meant, by the names of keys.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &'a Pattern)> {
        self.record.keys.iter().map(|meant| (meant.name, &meant.pattern))
    }
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("code", &self.record.code).finish_non_exhaustive()
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
    /// Each with where its code lies.
    pub(crate) guards: Vec<(usize, Arc<dyn Guard<A>>)>,
    pub(crate) terms: Terms,
}

/// What is demanded that has no type of the event's in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    rank: Option<Rank>,
    placement: Option<Placement>,
    budget: Option<Budget>,
}

/// What was answered, without the arguments' type.
pub(crate) enum Answer {
    Refuse(String),
    Accept,
    On(Terms, Guards),
}

/// Guards that are to stand before a binding.
pub(crate) struct Guards {
    /// Where their code lies.
    pub(crate) codes: Vec<usize>,
    /// A `Vec<Imposed>` of the arguments' type.
    pub(crate) imposed: Box<dyn Any>,
}

/// Who decides about an install.
#[derive(Clone)]
pub(crate) enum Policy {
    OwnerOnly,
    Anyone,
    Ask(Arc<dyn Judge>),
}

/// Decides about an install.
pub(crate) trait Judge: Send + Sync {
    fn judge(&self, ask: &Ask<'_>) -> Answer;
}

/// An authorizer, which is about arguments `A`.
struct Authorizer<F, A: ?Sized>(F, PhantomData<fn(&A)>);

impl<A: ?Sized + 'static, F: Fn(&Ask<'_>) -> Verdict<A> + Send + Sync> Judge for Authorizer<F, A> {
    fn judge(&self, ask: &Ask<'_>) -> Answer {
        match (self.0)(ask) {
            Verdict::Refuse(reason) => Answer::Refuse(reason),
            Verdict::Accept => Answer::Accept,
            Verdict::On(Conditions { guards, terms }) => {
                let codes = guards.iter().map(|(code, _)| *code).collect();
                let name = |(code, guard)| Imposed { name: owned::next_name(), code, guard };
                let imposed: Vec<Imposed<A>> = guards.into_iter().map(name).collect();
                Answer::On(terms, Guards { codes, imposed: Box::new(imposed) })
            }
        }
    }
}

/// `authorizer`, without the arguments' type.
pub(crate) fn judge<A, F>(authorizer: F) -> Arc<dyn Judge>
where
    A: ?Sized + 'static,
    F: Fn(&Ask<'_>) -> Verdict<A> + Send + Sync + 'static,
{
    Arc::new(Authorizer(authorizer, PhantomData))
}

impl Terms {
    /// Puts a binding under these, and under imposed guards whose code lies there.
    pub(crate) fn apply(
        self,
        record: &mut Record,
        imposed: Vec<usize>,
        event: &str,
    ) -> Result<(), InstallError> {
        if self.placement.is_some() && record.placement.is_none() {
            return Err(InstallError::NotAsynchronous { event: event.into() });
        }
        record.placement = self.placement.or(record.placement);
        record.wish.rank = self.rank.unwrap_or(record.wish.rank);
        record.budget = self.budget.or(record.budget);
        record.imposed = imposed;
        Ok(())
    }
}

impl<A: ?Sized> Conditions<A> {
    /// None.
    pub fn new() -> Self {
        Self { guards: Vec::new(), terms: Terms::default() }
    }

    /// The handler runs only for raises for which `guard` holds too.
    #[must_use]
    pub fn guard(mut self, guard: impl Guard<A>) -> Self {
        self.guards.push((code_of(&guard), Arc::new(guard)));
        self
    }

    /// The handler has this rank.
    #[must_use]
    pub fn rank(mut self, rank: Rank) -> Self {
        self.terms.rank = Some(rank);
        self
    }

    /// The handler runs here, and only if it is asynchronous at all: others are refused.
    #[must_use]
    pub fn placement(mut self, placement: Placement) -> Self {
        self.terms.placement = Some(placement);
        self
    }

    /// The handler is held to this.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.terms.budget = Some(budget);
        self
    }
}

fn code_of<A: ?Sized, G: Guard<A>>(_: &G) -> usize {
    guard::code_of::<A, G>()
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

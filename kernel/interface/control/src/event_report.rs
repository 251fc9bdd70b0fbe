//! Reports of events: what handles them, under which terms, and what that has taken.

use alloc::string::String;
use alloc::vec::Vec;

use spindle_event::{BindingId, CoreId, End, Limits, Rank, State};

/// An event and its bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventReport {
    /// Its name.
    pub name: String,
    /// The domain that declares it; `kernel` for the kernel.
    pub domain: String,
    /// The type of its arguments.
    pub arguments: String,
    /// The type of a handler's result.
    pub result: String,
    /// The type that merges results.
    pub merge: String,
    /// Names of its keys.
    pub keys: Vec<String>,
    /// What handlers of others than its owner are held to.
    pub limits: Limits,
    /// Whether the runs of its handlers are noted: see [`Control::trace`](crate::Control::trace).
    pub is_traced: bool,
    /// Its bindings in the order in which they run; then the default handler, then those that are not installed.
    pub bindings: Vec<BindingReport>,
}

/// A binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingReport {
    /// Its name.
    pub id: BindingId,
    /// The domain whose handler it is; `kernel` for the kernel.
    pub domain: String,
    /// Whether the handler runs only when no other one ran.
    pub is_default: bool,
    /// Whether it changes the arguments that later handlers see.
    pub is_filter: bool,
    /// What it is doing.
    pub state: State,
    /// Where it goes among the others.
    pub rank: Rank,
    /// For which values of which keys it is meant, as `port = 80`.
    pub keys: Vec<String>,
    /// Whether a guard of its own stands in front of the handler.
    pub has_guard: bool,
    /// How many guards others have put in front of that.
    pub imposed: usize,
    /// How long the handler may take, in microseconds; none if as long as it likes.
    pub budget_us: Option<u32>,
    /// Where the handler runs, if later than the raise.
    pub placement: Option<String>,
    /// What it has done while it was counted.
    pub counts: CountReport,
}

/// What a binding's handler has done while it was counted: while it has a budget, or its event is traced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountReport {
    /// How often it ran, to its end or not.
    pub runs: u64,
    /// How long a run took on average, in ticks of the machine's counter.
    pub mean_ticks: u64,
    /// The same in nanoseconds.
    pub mean_ns: u64,
    /// How long the longest run took, in ticks.
    pub worst_ticks: u64,
    /// The same in nanoseconds.
    pub worst_ns: u64,
    /// How often it, or its guard, was ended for taking too long.
    pub overruns: u32,
    /// How often it, or its guard, was ended by a panic.
    pub panics: u32,
}

/// One run of a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// When it had ended, as [`Control::uptime_ns`](crate::Control::uptime_ns) counts.
    pub at_ns: u64,
    /// Where.
    pub core: CoreId,
    /// By way of which binding.
    pub binding: BindingId,
    /// The domain whose handler it is; none if the binding has gone since.
    pub domain: Option<String>,
    /// How long it took, in ticks of the machine's counter.
    pub duration_ticks: u64,
    /// The same in nanoseconds.
    pub duration_ns: u64,
    /// Why it was ended before it returned, if it was.
    pub end: Option<End>,
}

//! The list of events, and what only the kernel may do with it.
//!
//! An event enters the list when it is declared or when something is first bound to it. The kernel finds what a domain
//! owns by address: bindings by where their handler's code lies, events by where their `static` lies or the code of their
//! declaration: one that was made at run time lies on the heap, and its vtable is the domain's all the same.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use spindle_sync::{Authority, Lock, Once, Switch};

use crate::binding::{BindingId, State};
use crate::book::{Book, Whose};
use crate::budget::Budget;
use crate::counts::Counted;
use crate::limits::Limits;
use crate::order::Rank;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::swap::{Half, Staged, SwapError};
use crate::trace::Run;
use crate::trouble::Listener;

/// An event, without its types.
pub(crate) trait Registered: Send + Sync {
    fn name(&self) -> &str;
    fn address(&self) -> usize;
    fn code(&self) -> usize;
    fn limits(&self) -> &Limits;
    /// Types of arguments, result and merge; names of keys.
    fn types(&self) -> Types;
    /// Has `look` at the book, under the event's lock. If it says that raises are to see something else now, they do; what
    /// was put away is dropped without the lock.
    fn with_book(&self, look: &mut dyn FnMut(&mut Book) -> bool);
    /// Who wants to be told of trouble.
    fn listener(&self) -> Option<Arc<Listener>>;
    /// Forgets who decides and who wants to be told, if their code lies in `code`. Without an authorizer of its own the
    /// event goes by its declaration again.
    fn disown(&self, code: &Range<usize>);
    /// Drops everything the event holds, for good.
    fn withdraw(&self);
    /// Locks the event and builds what a swap needs; nothing has changed yet.
    fn stage(&self, swap: &Half<'_>, switch: &Arc<Switch>) -> Result<Box<dyn Staged + '_>, SwapError>;
}

/// Which event that is, for its book.
pub(crate) fn whose(event: &dyn Registered) -> Whose<'_> {
    Whose { name: event.name(), address: event.address(), code: event.code() }
}

/// What an event's declaration says of its types.
pub(crate) struct Types {
    pub(crate) arguments: &'static str,
    pub(crate) result: &'static str,
    pub(crate) merge: &'static str,
    pub(crate) keys: Vec<&'static str>,
}

/// Changes what raises of `event` see, if `change` says that it has.
pub(crate) fn change(event: &dyn Registered, change: impl FnOnce(&mut Book) -> bool) -> bool {
    let (mut change, mut has_changed) = (Some(change), false);
    event.with_book(&mut |book| {
        has_changed = change.take().is_some_and(|change| change(book));
        has_changed
    });
    has_changed
}

/// Looks into the book of `event`, or changes what raises don't see.
pub(crate) fn ask<T>(event: &dyn Registered, look: impl FnOnce(&mut Book) -> T) -> T
where
    T: Default,
{
    let (mut look, mut answer) = (Some(look), T::default());
    event.with_book(&mut |book| {
        if let Some(look) = look.take() {
            answer = look(book);
        }
        false
    });
    answer
}

fn info(event: &dyn Registered) -> EventInfo {
    let Types { arguments, result, merge, keys } = event.types();
    let (is_traced, bindings) = ask(event, |book| (book.trace.is_some(), book.describe()));
    EventInfo {
        name: event.name().into(),
        arguments: arguments.into(),
        result: result.into(),
        merge: merge.into(),
        address: event.address(),
        code: event.code(),
        is_traced,
        keys,
        limits: *event.limits(),
        bindings,
    }
}

/// Bindings of `event`, as [`Event::bindings`](crate::Event::bindings) gives them.
pub(crate) fn bindings(event: &dyn Registered) -> Vec<BindingInfo> {
    info(event).bindings
}

/// Lock order: nothing else is locked while this is held.
static EVENTS: Lock<Vec<&'static dyn Registered>> = Lock::new(Vec::new());

/// What there is to say about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// The name it was declared with.
    pub name: String,
    /// The type of its arguments.
    pub arguments: String,
    /// The type of a handler's result.
    pub result: String,
    /// The type that merges results.
    pub merge: String,
    /// Where the event lies: whose it is, if it is a `static`.
    pub address: usize,
    /// Where the code of its declaration lies: whose it is, wherever the event lies.
    pub code: usize,
    /// Whether its runs are traced.
    pub is_traced: bool,
    /// Names of its keys.
    pub keys: Vec<&'static str>,
    /// What strangers' handlers are held to.
    pub limits: Limits,
    /// Its bindings, in the order in which they run; then the default handler, then those that are not installed, and
    /// those that were uninstalled for what they did.
    pub bindings: Vec<BindingInfo>,
}

/// What there is to say about a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingInfo {
    /// Its name.
    pub id: BindingId,
    /// Where the handler's compiled code is: whose it is.
    pub code: usize,
    /// Whether a guard of its own stands in front of the handler.
    pub has_guard: bool,
    /// Whether it runs only when no other handler ran.
    pub is_default: bool,
    /// Whether it changes the arguments instead of handling them.
    pub is_filter: bool,
    /// What it is doing.
    pub state: State,
    /// Its rank among the others.
    pub rank: Rank,
    /// Keys and the values of them for which it is meant.
    pub keys: Vec<(&'static str, Pattern)>,
    /// How many guards others have put before it.
    pub imposed: usize,
    /// What it is held to.
    pub budget: Option<Budget>,
    /// Where it runs, if later.
    pub placement: Option<Placement>,
    /// What it has done while it was counted.
    pub counted: Counted,
}

static DOMAIN_AT: Once<fn(usize) -> Option<String>> = Once::INIT;

/// Says how the name of the domain is found that an address lies in. Kernel only; the first call counts.
pub fn set_domains(_: &Authority, at: fn(usize) -> Option<String>) {
    DOMAIN_AT.call_once(|| at);
}

pub(crate) fn domain_at(address: usize) -> Option<String> {
    DOMAIN_AT.get().and_then(|at| at(address))
}

/// Begins to count and to note the runs of every handler of the events called `name`, or ends it; says how many events those
/// are. Kernel only.
///
/// # Context
/// Not in interrupt context. Waits for changes of the events concerned, never for a raise.
pub fn trace(_: &Authority, name: &str, is_on: bool) -> usize {
    let named = listed().into_iter().filter(|event| event.name() == name);
    named
        .inspect(|event| {
            change(*event, |book| {
                book.set_trace(is_on);
                true
            });
        })
        .count()
}

/// The last runs of handlers of the events called `name`, the oldest first. Kernel only.
pub fn runs(_: &Authority, name: &str) -> Vec<Run> {
    let named = listed().into_iter().filter(|event| event.name() == name);
    named.filter_map(|event| ask(event, |book| book.trace.clone())).flat_map(|trace| trace.read()).collect()
}

pub(crate) fn enter(event: &'static dyn Registered) {
    EVENTS.lock().push(event);
}

pub(crate) fn listed() -> Vec<&'static dyn Registered> {
    EVENTS.lock().clone()
}

/// All listed events with their bindings.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn events(_: &Authority) -> Vec<EventInfo> {
    listed().into_iter().map(info).collect()
}

/// Takes off every binding whose handler's code lies in `code`; says how many there were.
///
/// Raises that began before may still be inside, and code that was running may have bound anew: free that code only
/// after a grace period that begins afterwards, and after a second call that finds nothing.
///
/// # Context
/// Not in interrupt context. Waits for changes of the events concerned, never for a raise.
pub fn remove_bindings(_: &Authority, code: Range<usize>) -> usize {
    let remove = |event: &dyn Registered| {
        event.disown(&code);
        let mut count = 0;
        change(event, |book| {
            count = book.take_all(&|address| code.contains(&address));
            count > 0
        });
        count
    };
    listed().into_iter().map(remove).sum()
}

/// Takes every event off the list, with all its bindings and for good, that lies in `data` or was declared by code in
/// `code`; says how many there were.
///
/// Such an event takes no handlers any more. Free that memory only after a grace period that begins afterwards, and
/// after a second call that finds nothing.
///
/// # Context
/// Not in interrupt context. Waits for changes of the events concerned, never for a raise.
pub fn withdraw(_: &Authority, code: &Range<usize>, data: &Range<usize>) -> usize {
    let is_going = |event: &dyn Registered| data.contains(&event.address()) || code.contains(&event.code());
    // Out of the list at once, so that nobody lists them meanwhile.
    let going: Vec<_> = EVENTS.lock().extract_if(.., |event| is_going(*event)).collect();
    going.iter().for_each(|event| event.withdraw());
    going.len()
}

//! The list of events, and what only the kernel may do with it.
//!
//! An event enters the list when it is declared or when something is first bound to it. From then on it is found here by the
//! address at which it lies, and what lies there is not asked. The kernel finds what a domain owns by address as well: bindings by
//! where their handler's code lies, events by where their `static` lies or the code of their declaration: one that was made at
//! run time lies on the heap, and its vtable is the domain's all the same.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use spindle_sync::{Authority, Lock, Once};

use crate::binding::{BindingId, State};
use crate::book::Book;
use crate::budget::Budget;
use crate::counts::Counted;
use crate::desk::{Desk, Types};
use crate::limits::Limits;
use crate::order::Rank;
use crate::pattern::Pattern;
use crate::placement::Placement;
use crate::trace::Run;

fn info(event: &Arc<Desk>) -> EventInfo {
    let Types { arguments, result, merge, keys } = event.types();
    let (is_traced, bindings) = event.ask(|book| (book.trace.is_some(), book.describe()));
    EventInfo {
        name: event.name().into(),
        arguments: (*arguments).into(),
        result: (*result).into(),
        merge: (*merge).into(),
        address: event.address(),
        code: event.code(),
        is_traced,
        keys: keys.clone(),
        limits: *event.limits(),
        bindings,
    }
}

/// Bindings of the event at `address`, as [`Event::bindings`](crate::Event::bindings) gives them.
pub(crate) fn bindings(address: usize) -> Vec<BindingInfo> {
    find(address).map(|event| event.ask(|book| book.describe())).unwrap_or_default()
}

type List = Vec<Arc<Desk>>;

/// By address. Shared with whoever reads it; who changes it while others do makes another. It has no more room than it needs, so
/// that what it takes does not depend on how it came about.
///
/// Lock order: before the heap's lock; nothing else is locked while this is held.
static EVENTS: Lock<Option<Arc<List>>> = Lock::new(None);

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
    let listed = listed();
    let named = listed.iter().filter(|event| event.name() == name);
    let set = |book: &mut Book| {
        book.set_trace(is_on);
        true
    };
    named.filter(|event| event.change(set)).count()
}

/// The last runs of handlers of the events called `name`, the oldest first. Kernel only.
pub fn runs(_: &Authority, name: &str) -> Vec<Run> {
    let listed = listed();
    let named = listed.iter().filter(|event| event.name() == name);
    named.filter_map(|event| event.ask(|book| book.trace.clone())).flat_map(|trace| trace.read()).collect()
}

/// Lists the event, and gives its desk: `event`, if nobody was faster.
pub(crate) fn enter(event: Arc<Desk>) -> Arc<Desk> {
    let mut events = EVENTS.lock();
    let list = Arc::make_mut(events.get_or_insert_default());
    match place(list, event.address()) {
        Ok(at) => {
            let first = list[at].clone();
            // What it holds was compiled elsewhere, and goes without our lock.
            drop(events);
            drop(event);
            first
        }
        Err(at) => {
            list.reserve_exact(1);
            list.insert(at, event.clone());
            event
        }
    }
}

fn place(list: &List, address: usize) -> Result<usize, usize> {
    list.binary_search_by_key(&address, |event| event.address())
}

/// The desk of the event at `address`, if it is listed.
pub(crate) fn find(address: usize) -> Option<Arc<Desk>> {
    let events = EVENTS.lock();
    let list = events.as_ref()?;
    place(list, address).ok().map(|at| list[at].clone())
}

/// All events there are now.
pub(crate) fn listed() -> Arc<List> {
    EVENTS.lock().get_or_insert_default().clone()
}

/// All listed events with their bindings.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn events(_: &Authority) -> Vec<EventInfo> {
    listed().iter().map(info).collect()
}

/// Takes off every binding whose handler's code lies in `code`; says how many there were.
///
/// Raises that began before may still be inside, and code that was running may have bound anew: free that code only
/// after a grace period that begins afterwards, and after a second call that finds nothing.
///
/// # Context
/// Not in interrupt context. Waits for changes of the events concerned, never for a raise.
pub fn remove_bindings(_: &Authority, code: Range<usize>) -> usize {
    let remove = |event: &Arc<Desk>| {
        event.disown(&code);
        let mut count = 0;
        event.change(|book| {
            count = book.take_all(&|address| code.contains(&address));
            count > 0
        });
        count
    };
    listed().iter().map(remove).sum()
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
    let is_going = |event: &mut Arc<Desk>| data.contains(&event.address()) || code.contains(&event.code());
    // Out of the list at once, so that nobody lists them meanwhile.
    let mut events = EVENTS.lock();
    let list = Arc::make_mut(events.get_or_insert_default());
    let going: Vec<_> = list.extract_if(.., is_going).collect();
    list.shrink_to_fit();
    drop(events);
    going.iter().for_each(|event| event.withdraw());
    going.len()
}

//! Names: the events that can be raised with nothing but text.
//!
//! A name holds a function that reads the text as the event's arguments, raises it and writes the result down. That
//! function is compiled into the domain that opened the name; where it lies says whose the name is.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::ops::Range;
use core::str::FromStr;

use spindle_event::{Event, Merge};
use spindle_sync::boundary;
use spindle_sync::{Authority, Lock};

use crate::identity::DomainId;

/// How many names a domain may have open.
const MOST: usize = 1024;

/// Reads the text, raises, writes the result: empty for an event without one.
/// One that is given up writes nothing.
type RaiseText = dyn Fn(&str, &Cell<Option<Result<String, String>>>) + Send + Sync;

type RaiseEvent<E> = fn(&E, &str) -> Result<String, String>;

struct Opened {
    name: String,
    domain: DomainId,
    /// Where the function behind `raise` is compiled to.
    code: usize,
    raise: Arc<RaiseText>,
}

/// All names.
struct Names {
    /// Those that can be raised.
    open: Vec<Opened>,
    /// Those of understudies, until they take their place.
    due: Vec<Opened>,
    understudies: Vec<Understudy>,
}

/// Code that is to take the place of other code; see [`spindle_event::understudy`].
struct Understudy {
    code: Range<usize>,
    old: Range<usize>,
}

/// Lock order: before the heap's lock; nothing else is locked while this is held.
static NAMES: Lock<Names> = Lock::new(Names { open: Vec::new(), due: Vec::new(), understudies: Vec::new() });

/// Why an event was not opened by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Another event has that name.
    Taken {
        /// The name.
        name: String,
    },
    /// Its domain has as many names as it may have.
    TooMany {
        /// The name.
        name: String,
        /// How many that is.
        most: usize,
    },
    /// A name is one word that can be typed.
    NotAWord {
        /// What was offered.
        name: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { name } => write!(f, "the name `{name}` is taken"),
            Self::TooMany { name, most } => write!(f, "`{name}` would be one more than {most} names"),
            Self::NotAWord { name } => write!(f, "`{name}` is not one word"),
        }
    }
}

impl core::error::Error for OpenError {}

/// Why a raise by name did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Nothing is open by that name.
    Unknown {
        /// The name.
        name: String,
    },
    /// The text can not be read as the event's arguments.
    Unreadable {
        /// The event's name.
        name: String,
        /// The text.
        text: String,
        /// What the arguments' own reader said.
        reason: String,
    },
    /// What reads the text, or writes the result, was given up, and the raise with it.
    GivenUp {
        /// The event's name.
        name: String,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no event is open by the name `{name}`"),
            Self::Unreadable { name, text, reason } => write!(f, "`{text}` does not suit `{name}`: {reason}"),
            Self::GivenUp { name } => write!(f, "the raise of `{name}` was given up"),
        }
    }
}

impl core::error::Error for TextError {}

/// A name and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameInfo {
    /// The name.
    pub name: String,
    /// Who opened it.
    pub domain: DomainId,
    /// Where the code behind it lies.
    pub code: usize,
}

pub(crate) fn enter<A, R, M>(
    name: &str,
    domain: DomainId,
    event: &'static Event<A, R, M>,
) -> Result<(), OpenError>
where
    A: FromStr<Err: fmt::Display> + 'static,
    R: 'static,
    M: Merge<R, Output: fmt::Debug>,
{
    let function: RaiseEvent<Event<A, R, M>> = raise_text::<A, R, M>;
    let opened = Opened {
        name: name.into(),
        domain,
        code: function as *const () as usize,
        raise: Arc::new(move |text: &str, outcome: &Cell<_>| outcome.set(Some(raise_text(event, text)))),
    };
    put(opened)
}

/// Apart from `enter`, so that no domain carries a copy of it.
fn put(opened: Opened) -> Result<(), OpenError> {
    let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
    if opened.name.is_empty() || opened.name.contains(is_odd) {
        return Err(OpenError::NotAWord { name: opened.name });
    }
    let mut names = NAMES.lock();
    if names.is_taken(&opened) {
        // What the name would have held is code of its domain, and is dropped without our lock.
        drop(names);
        return Err(OpenError::Taken { name: opened.name });
    }
    let is_its = |other: &&Opened| other.domain == opened.domain;
    if names.open.iter().chain(&names.due).filter(is_its).count() >= MOST {
        drop(names);
        return Err(OpenError::TooMany { name: opened.name, most: MOST });
    }
    match names.replaces(opened.code) {
        Some(_) => names.due.push(opened),
        None => names.open.push(opened),
    }
    Ok(())
}

impl Names {
    /// If what lies at `code` is an understudy: the code whose place it is to take.
    fn replaces(&self, code: usize) -> Option<&Range<usize>> {
        self.understudies.iter().find(|one| one.code.contains(&code)).map(|one| &one.old)
    }

    /// Whether somebody has the name, or will have it, and does not leave it to who wants to open it.
    fn is_taken(&self, opened: &Opened) -> bool {
        let old = self.replaces(opened.code);
        let leaves = |other: &Opened| old.is_some_and(|old| old.contains(&other.code));
        self.due.iter().any(|other| other.name == opened.name)
            || self.open.iter().any(|other| other.name == opened.name && !leaves(other))
    }
}

/// From here on the names that `code` opens are due: they open when it takes the place of `old`, whose names it may take.
/// Kernel only.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn begin_understudy(_: &Authority, code: Range<usize>, old: Range<usize>) {
    NAMES.lock().understudies.push(Understudy { code, old });
}

/// Closes the names of the code whose place the understudy `code` takes, and opens its own, in one step; says how many it
/// has. From here on `code` is no understudy. Nothing happens if it is none. Kernel only.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn take_over(_: &Authority, code: &Range<usize>) -> usize {
    let mut names = NAMES.lock();
    let Some(old) = names.replaces(code.start).cloned() else { return 0 };
    let gone: Vec<Opened> = names.open.extract_if(.., |opened| old.contains(&opened.code)).collect();
    let come: Vec<Opened> = names.due.extract_if(.., |opened| code.contains(&opened.code)).collect();
    let count = come.len();
    names.open.extend(come);
    names.understudies.retain(|one| one.code != *code);
    drop(names);
    drop(gone);
    count
}

/// `code` is no understudy any more, and what was due of it is gone. Nothing happens if it is none. Kernel only.
///
/// # Context
/// Not in interrupt context.
pub fn end_understudy(_: &Authority, code: &Range<usize>) {
    let mut names = NAMES.lock();
    names.understudies.retain(|one| one.code != *code);
    let gone: Vec<Opened> = names.due.extract_if(.., |opened| code.contains(&opened.code)).collect();
    drop(names);
    drop(gone);
}

fn raise_text<A, R, M>(event: &Event<A, R, M>, text: &str) -> Result<String, String>
where
    A: FromStr<Err: fmt::Display> + 'static,
    R: 'static,
    M: Merge<R, Output: fmt::Debug>,
{
    let args: A = text.parse().map_err(|error: A::Err| error.to_string())?;
    let output = event.raise(&args);
    // An event that only tells has nothing to show: `()` would.
    Ok(if size_of::<M::Output>() == 0 { String::new() } else { alloc::format!("{output:?}") })
}

/// Raises the event open as `name` on this core; returns its result as text, empty when it has none. What fails on the way
/// is given up up to here, and whoever asked goes on. Kernel only.
///
/// # Errors
/// [`TextError`] when there is no such name, when the text can not be read, or when it was given up.
///
/// # Context
/// Not in interrupt context; runs the event's handlers. Holds no lock meanwhile.
pub fn raise(authority: &Authority, name: &str, text: &str) -> Result<String, TextError> {
    let found =
        NAMES.lock().open.iter().find(|opened| opened.name == name).map(|opened| opened.raise.clone());
    let raise = found.ok_or_else(|| TextError::Unknown { name: name.into() })?;
    let outcome = Cell::new(None);
    call(authority, &*raise, text, &outcome);
    // What comes back lies on the heap of the domain that opened the name, and may not outlive it.
    match outcome.into_inner().ok_or_else(|| TextError::GivenUp { name: name.into() })? {
        Ok(result) => Ok((*result).into()),
        Err(reason) => {
            Err(TextError::Unreadable { name: name.into(), text: text.into(), reason: (*reason).into() })
        }
    }
}

/// Where the function lies that calls whoever has opened a name: when it is given up, it goes on behind it.
pub fn caller(_: &Authority) -> usize {
    call as *const () as usize
}

/// Apart, so that it is found on a stack.
#[inline(never)]
fn call(
    authority: &Authority,
    raise: &RaiseText,
    text: &str,
    outcome: &Cell<Option<Result<String, String>>>,
) {
    boundary::shield(authority, || raise(text, outcome));
    boundary::stay();
}

/// The names there are. Kernel only.
pub fn opened(_: &Authority) -> Vec<NameInfo> {
    let info =
        |opened: &Opened| NameInfo { name: opened.name.clone(), domain: opened.domain, code: opened.code };
    NAMES.lock().open.iter().map(info).collect()
}

/// Closes every name whose code lies in `code`, those that are due as well; says how many there were. Kernel only.
///
/// A raise by name that began before may still be inside: free that code only after a grace period that begins
/// afterwards.
pub fn withdraw(_: &Authority, code: Range<usize>) -> usize {
    let mut names = NAMES.lock();
    let is_going = |opened: &mut Opened| code.contains(&opened.code);
    let mut gone: Vec<Opened> = names.open.extract_if(.., is_going).collect();
    gone.extend(names.due.extract_if(.., is_going));
    // What a name holds is code of its domain.
    drop(names);
    gone.len()
}

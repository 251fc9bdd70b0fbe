//! Names: the events that can be raised with nothing but text.
//!
//! A name holds a function that reads the text as the event's arguments, raises it and writes the result down. That
//! function is compiled into the domain that opened the name; where it lies says whose the name is.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use core::str::FromStr;

use spindle_event::{Event, Merge};
use spindle_sync::{Authority, Lock};

use crate::identity::DomainId;

/// Reads the text, raises, writes the result: empty for an event without one.
type RaiseText = dyn Fn(&str) -> Result<String, String> + Send + Sync;

type RaiseEvent<E> = fn(&E, &str) -> Result<String, String>;

struct Opened {
    name: String,
    domain: DomainId,
    /// Where the function behind `raise` is compiled to.
    code: usize,
    raise: Arc<RaiseText>,
}

/// Lock order: nothing else is locked while this is held.
static NAMES: Lock<Vec<Opened>> = Lock::new(Vec::new());

/// Why an event was not opened by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Another event has that name.
    Taken {
        /// The name.
        name: String,
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
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => write!(f, "no event is open by the name `{name}`"),
            Self::Unreadable { name, text, reason } => write!(f, "`{text}` does not suit `{name}`: {reason}"),
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
        raise: Arc::new(move |text: &str| raise_text(event, text)),
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
    if names.iter().any(|other| other.name == opened.name) {
        // What the name would have held is code of its domain, and is dropped without our lock.
        drop(names);
        return Err(OpenError::Taken { name: opened.name });
    }
    names.push(opened);
    Ok(())
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

/// Raises the event open as `name` on this core; returns its result as text, empty when it has none. Kernel only.
///
/// # Errors
/// [`TextError`] when there is no such name, or when the text can not be read.
///
/// # Context
/// Not in interrupt context; runs the event's handlers. Holds no lock meanwhile.
pub fn raise(_: &Authority, name: &str, text: &str) -> Result<String, TextError> {
    let found = NAMES.lock().iter().find(|opened| opened.name == name).map(|opened| opened.raise.clone());
    let raise = found.ok_or_else(|| TextError::Unknown { name: name.into() })?;
    raise(text).map_err(|reason| TextError::Unreadable { name: name.into(), text: text.into(), reason })
}

/// The names there are. Kernel only.
pub fn opened(_: &Authority) -> Vec<NameInfo> {
    let info =
        |opened: &Opened| NameInfo { name: opened.name.clone(), domain: opened.domain, code: opened.code };
    NAMES.lock().iter().map(info).collect()
}

/// Closes every name whose code lies in `code`; says how many there were. Kernel only.
///
/// A raise by name that began before may still be inside: free that code only after a grace period that begins
/// afterwards.
pub fn withdraw(_: &Authority, code: Range<usize>) -> usize {
    let gone: Vec<Opened> = NAMES.lock().extract_if(.., |opened| code.contains(&opened.code)).collect();
    gone.len()
}

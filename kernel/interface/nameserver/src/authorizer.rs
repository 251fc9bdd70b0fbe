//! Authorizer: who decides whether somebody gets what a name holds, or may add a name to a directory.
//!
//! One of an extension's own is a closure, asked with a [`Request`] each time. Where it is compiled to says whose it is; when
//! that code goes, nobody is admitted any more. A request shows who asks but does not hand out an
//! [`Identity`](spindle_domain::Identity): with one, an authorizer could act for whoever asked it.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use spindle_domain::DomainId;
use spindle_event::End;
use spindle_sync::boundary::{self, Rule};
use spindle_sync::this_core;

use crate::held::Kind;
use crate::path::Path;

/// How long an authorizer may take, in microseconds of its own. One that takes longer has said no. Long enough for one that
/// works, on a core that an emulator holds up too; short enough to get a core back from one that never ends.
pub const AUTHORIZER_LIMIT_US: u64 = 250_000;

const MICROSECONDS_PER_SECOND: u64 = 1_000_000;

type Admits = dyn Fn(&Request<'_>) -> bool + Send + Sync;

/// Somebody asks.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub(crate) id: DomainId,
    pub(crate) name: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) wants: Wants<'a>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wants<'a> {
    /// The domain that the name holds.
    Domain,
    /// A capability for an object or an event.
    Capability {
        /// Its type, as the compiler writes it.
        of: &'a str,
    },
    /// To add the path, holding something of this kind, to the directory.
    Add(Kind),
}

impl Request<'_> {
    /// Number of the asker's domain.
    pub fn id(&self) -> DomainId {
        self.id
    }

    /// The asker's name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The path that is asked for, or is to be added.
    pub fn path(&self) -> &str {
        self.path.as_str()
    }

    /// What is asked for.
    pub fn wants(&self) -> Wants<'_> {
        self.wants
    }
}

/// Who decides. Made by [`asking`], [`anyone`], [`only`], [`namesake`] or [`nobody`].
pub struct Authorizer(Policy);

enum Policy {
    Nobody,
    Anyone,
    Only(Vec<Box<str>>),
    Namesake,
    Ask {
        /// Where the closure is compiled to.
        code: usize,
        admits: Arc<Admits>,
    },
}

/// Asks `admits` each time, on the core of whoever wants something, with no lock held. It has [`AUTHORIZER_LIMIT_US`]; if it
/// takes longer, or panics, the answer is no.
///
/// ```
/// use spindle_nameserver::{Authorizer, asking};
///
/// let guests: Authorizer = asking(|request| request.name() != "intruder");
/// ```
pub fn asking<F>(admits: F) -> Authorizer
where
    F: Fn(&Request<'_>) -> bool + Send + Sync + 'static,
{
    // Compiled into the crate that calls: its address says whose the authorizer is.
    let code: fn(&F, &Request<'_>) -> bool = |admits, request| admits(request);
    Authorizer(Policy::Ask { code: code as *const () as usize, admits: Arc::new(admits) })
}

/// Admits everybody.
pub fn anyone() -> Authorizer {
    Authorizer(Policy::Anyone)
}

/// Admits nobody.
pub fn nobody() -> Authorizer {
    Authorizer(Policy::Nobody)
}

/// Admits the extensions of these names.
pub fn only(names: &[&str]) -> Authorizer {
    Authorizer(Policy::Only(names.iter().map(|&name| name.into()).collect()))
}

/// Admits, for a path that ends in its own name, each extension.
pub fn namesake() -> Authorizer {
    Authorizer(Policy::Namesake)
}

impl Authorizer {
    /// Whether its code lies in `code`.
    pub(crate) fn is_in(&self, code: &Range<usize>) -> bool {
        matches!(self.0, Policy::Ask { code: own, .. } if code.contains(&own))
    }

    /// Asks.
    ///
    /// # Errors
    /// Why it was given up.
    ///
    /// # Context
    /// Not in interrupt context, no lock held: runs foreign code.
    pub(crate) fn admits(&self, request: &Request<'_>) -> Result<bool, End> {
        match &self.0 {
            Policy::Nobody => Ok(false),
            Policy::Anyone => Ok(true),
            Policy::Only(names) => Ok(names.iter().any(|name| **name == *request.name)),
            Policy::Namesake => Ok(request.path.last() == request.name),
            Policy::Ask { code, admits } => ask(*code, &**admits, request),
        }
    }
}

fn ask(code: usize, admits: &Admits, request: &Request<'_>) -> Result<bool, End> {
    let ticks = AUTHORIZER_LIMIT_US.saturating_mul(this_core::ticks_per_second());
    let limit = Rule::Limit(ticks.div_ceil(MICROSECONDS_PER_SECOND));
    let (answer, outcome) = boundary::run(code, limit, || admits(request));
    match (answer, outcome.end) {
        (Some(answer), _) => Ok(answer),
        (None, end) => Err(end.unwrap_or(End::Panicked)),
    }
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Policy::Nobody => "nobody",
            Policy::Anyone => "anyone",
            Policy::Only(_) => "only",
            Policy::Namesake => "namesake",
            Policy::Ask { .. } => "asking",
        })
    }
}

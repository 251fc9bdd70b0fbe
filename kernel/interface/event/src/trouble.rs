//! Trouble: a handler or guard that was given up, and what follows from it.
//!
//! The raise goes on in any case. The binding gets a strike; a guard at once, a handler after as many strikes as its
//! event's [`Limits`](crate::Limits) allow is uninstalled for good. The event's owner and the kernel are told, in a later
//! turn of this core's run loop.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use core::sync::atomic::{AtomicBool, Ordering};
use spindle_sync::boundary::End;

use spindle_sync::this_core::IrqsMasked;
use spindle_sync::{Authority, MAX_CORES, Once, Parcel, Pool};

use crate::binding::BindingId;
use crate::cores::{self, CoreId};
use crate::gone::Gone;
use crate::mailbox;
use crate::record::Record;

/// A handler, or its guard, did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Name of the event that was raised; none if the binding was gone from it meanwhile.
    pub event: Option<String>,
    /// Whose it was.
    pub binding: BindingId,
    /// Where the handler's code lies: which domain is charged.
    pub code: usize,
    /// What happened.
    pub end: End,
    /// Whether it was the guard.
    pub in_guard: bool,
    /// Where it happened.
    pub core: CoreId,
    /// How often it has happened to this binding.
    pub strikes: u32,
    /// Whether the binding was uninstalled for it.
    pub is_quarantined: bool,
    /// Whether the failure was that of another domain, which it had called: then it is not struck.
    pub by_other: bool,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.in_guard { "guard" } else { "handler" };
        let Self { event, binding, end, core, strikes, .. } = self;
        write!(f, "{what} of binding {binding} ")?;
        match event {
            Some(event) => write!(f, "at event `{event}` ")?,
            None => f.write_str("that is gone ")?,
        }
        write!(f, "{end} on core {core}")?;
        if self.by_other {
            return f.write_str(", in what it had called");
        }
        write!(f, ", strike {strikes}")?;
        if self.is_quarantined { f.write_str(": uninstalled") } else { Ok(()) }
    }
}

/// Whether what is given up next on a core is another's fault than that of whose handler it is.
static BY_OTHER: [AtomicBool; MAX_CORES] = [const { AtomicBool::new(false) }; MAX_CORES];

/// Says that what is given up next on this core has failed in what it had called of another domain.
pub fn excuse_next(_: &Authority) {
    BY_OTHER[cores::current().index()].store(true, Ordering::Relaxed);
}

static TELL_KERNEL: Once<fn(&Trouble)> = Once::INIT;

/// Says how the kernel learns of trouble. Kernel only; the first call counts.
///
/// What is said is called in a turn of a run loop.
pub fn set_kernel(_: &Authority, tell: fn(&Trouble)) {
    TELL_KERNEL.call_once(|| tell);
}

/// Does what follows when a binding's handler, or its guard, was given up.
#[cold]
pub(crate) fn report(record: &Record, end: End, in_guard: bool) {
    // Relaxed: set on this core, by what gives this up.
    let by_other = BY_OTHER[cores::current().index()].swap(false, Ordering::Relaxed);
    let strikes = if by_other { 0 } else { record.counts.strike(end) };
    let shared = &record.shared;
    let event = shared.event();
    let is_quarantined = event.as_ref().is_some_and(|event| {
        let is_out = !by_other && (in_guard || strikes >= event.limits().strikes);
        is_out && event.change(|book| book.quarantine(shared.id))
    });
    let code = record.code;
    let core = cores::current();
    // Masked: whoever called what was given up is not to fail for want of memory to tell of it.
    let masked = IrqsMasked::enter();
    let name = event.as_ref().map(|event| event.name().into());
    drop(masked);
    let trouble = Trouble {
        event: name,
        binding: shared.id,
        code,
        end,
        in_guard,
        core,
        strikes,
        is_quarantined,
        by_other,
    };
    let listener = event.and_then(|event| event.listener());
    send(trouble, listener);
}

/// The same for one that is in no book any more.
#[cold]
pub(crate) fn report_gone(gone: Gone, end: End) {
    let core = cores::current();
    let by_other = BY_OTHER[core.index()].swap(false, Ordering::Relaxed);
    let Gone { id: binding, code, event, .. } = gone;
    let strikes = u32::from(!by_other);
    let (in_guard, is_quarantined) = (false, false);
    send(Trouble { event, binding, code, end, in_guard, core, strikes, is_quarantined, by_other }, None);
}

/// Has it told in a later turn of this core.
fn send(trouble: Trouble, listener: Option<Arc<Listener>>) {
    let core = trouble.core;
    let told = mailbox::send(core, Pool::urgent_vacancy, (trouble, listener), |(trouble, listener)| {
        Parcel::new(move || tell(&trouble, listener.as_deref()))
    });
    // No slot, or no run loop: here and now.
    if let Err(refused) = told {
        let (trouble, listener) = refused.into_event();
        tell(&trouble, listener.as_deref());
    }
}

/// What an event's owner wants to be told.
pub(crate) type Listener = dyn Fn(&Trouble) + Send + Sync;

fn tell(trouble: &Trouble, listener: Option<&Listener>) {
    if let Some(tell) = TELL_KERNEL.get() {
        tell(trouble);
    }
    if let Some(tell) = listener {
        tell(trouble);
    }
}

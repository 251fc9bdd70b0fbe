//! Hearing: the event by which a scheduler is told and asked.

use alloc::sync::Arc;

use spindle_event::{
    Binding, Budget, CoreId, Event, InstallError, Key, Last, Limits, NotHandled, Owner, Pattern,
};
use spindle_strand::Strand;
use spindle_sync::Authority;

use crate::scheduler::{Departure, Scheduler, Turn};

static OFFICES: Owner = Owner::new();

/// A call may take so long, in microseconds; up to twice that, which is a tick, before it is ended.
const CALL_US: u32 = 5000;

/// Whose turn it is to listen.
static CANDIDATE: Key<Hearing> = Key::new("candidate", |hearing: &Hearing| hearing.candidate);

/// Raised for the scheduler of a core. Nobody else can name it. Whoever fails once is not called again: it no longer knows who can run.
static SCHEDULE: Event<Hearing, Option<Turn>, Last> =
    Event::new("schedule", &OFFICES).with_keys(&[&CANDIDATE]).open_to_all().with_limits(Limits {
        strikes: 1,
        budget: Some(Budget::microseconds(CALL_US)),
        longest: Some(Budget::microseconds(CALL_US)),
        ..Limits::DEFAULT
    });

/// What a scheduler is told or asked.
#[derive(Clone, Copy, Debug)]
struct Hearing {
    candidate: u64,
    core: CoreId,
    occasion: Occasion,
}

/// What a scheduler is told or asked, of one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Its office begins.
    Begins,
    /// That one can run.
    Ready(Strand),
    /// That one has run for so many nanoseconds.
    Left(Strand, u64, Departure),
    /// Who is next?
    Pick,
}

/// What it answers: nothing, but when it is asked who is next.
pub type Heard = Result<Option<Turn>, NotHandled>;

/// Tells `candidate` of `occasion`, or asks it. Kernel only.
///
/// # Errors
/// [`NotHandled`]: it is not there any more, or has failed.
///
/// # Context
/// A turn of the run loop of `core`.
pub fn hear(_: &Authority, candidate: u64, core: CoreId, occasion: Occasion) -> Heard {
    SCHEDULE.raise(&Hearing { candidate, core, occasion })
}

/// Has `scheduler` listen as `candidate`.
pub(crate) fn listen<S: Scheduler>(candidate: u64, scheduler: Arc<S>) -> Result<Binding, InstallError> {
    SCHEDULE.bind().when(&CANDIDATE, Pattern::equal(candidate)).install(move |hearing: &Hearing| {
        let core = hearing.core;
        match hearing.occasion {
            Occasion::Begins => scheduler.begins(core),
            Occasion::Ready(strand) => scheduler.ready(core, strand),
            Occasion::Left(strand, ran_ns, departure) => scheduler.left(core, strand, ran_ns, departure),
            Occasion::Pick => return scheduler.pick(core),
        }
        None
    })
}

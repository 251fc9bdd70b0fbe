//! What extensions ask for, by way of `spindle_strand`.

use super::record::Record;
use super::station::Station;
use super::{begin, keeper, leave, offices, preempt, sleepers, table, wake};
use crate::authority::authority;
use crate::timer::{self, ForStrands};
use core::sync::atomic::Ordering;
use spindle_event::{CoreId, InstallError};
use spindle_strand::{Body, Plan, Priority, State, Strand, StrandError, Strands, Wakeup};
use spindle_sync::{Activity, Authority, Once};

/// What strands are served by. It keeps the proof of being the kernel, which who leaves a core needs, so that nobody has to fetch it.
pub(super) struct Served {
    kernel: &'static Authority,
}

static SERVED: Once<Served> = Once::INIT;

/// What strands are served by.
pub(super) fn served() -> &'static Served {
    SERVED.call_once(|| Served { kernel: authority() })
}

/// Begins to serve strands.
///
/// # Errors
/// [`InstallError`] when they are served already.
pub(crate) fn serve() -> Result<(), InstallError> {
    spindle_strand::serve_events(authority(), block, unblock)?;
    timer::serve_strands(ForStrands { tick: preempt::tick, wake_due: sleepers::wake_due });
    spindle_strand::serve(authority(), served());
    spindle_scheduler::serve(authority(), &offices::Served);
    Ok(())
}

/// The global scheduler's handler of `BLOCK`.
fn block(strand: &Strand) {
    if let Some(record) = table::find(*strand) {
        record.parking.halt(table::number(*strand));
    }
}

/// The global scheduler's handler of `UNBLOCK`.
#[inline(always)]
fn unblock(strand: &Strand) {
    if let Some(record) = table::find(*strand) {
        wake::unblock(record, table::number(*strand));
    }
}

/// The record of a strand that has not ended.
#[inline]
fn living(strand: Strand) -> Option<&'static Record> {
    table::find(strand).filter(|record| record.parking.activity(table::number(strand)) != Activity::Over)
}

/// The same, or that it has.
fn expect_living(strand: Strand) -> Result<&'static Record, StrandError> {
    living(strand).ok_or(StrandError::Ended { strand: strand.number() })
}

impl Strands for Served {
    fn start(&self, plan: Plan, body: Body) -> Result<Strand, StrandError> {
        begin::start(plan, body)
    }

    fn current(&self) -> Option<Strand> {
        Station::here().current.get_own().and_then(table::strand_of)
    }

    #[inline]
    fn block(&self) {
        leave::block(self.kernel);
    }

    fn block_until(&self, deadline_ns: u64) -> Wakeup {
        leave::block_until(self.kernel, deadline_ns)
    }

    fn yield_now(&self) {
        leave::yield_now(self.kernel);
    }

    fn is_ending(&self) -> bool {
        leave::is_ending()
    }

    fn is_given_up(&self) -> bool {
        keeper::is_giving_up()
    }

    fn wait_for_end(&self, strand: Strand) -> Result<(), StrandError> {
        let me = self.current().ok_or(StrandError::NotServed)?;
        if me == strand {
            return Err(StrandError::Itself);
        }
        while let Some(record) = living(strand) {
            {
                let mut rest = record.rest.lock();
                // Under the lock: it ends under it as well.
                match rest.waiter {
                    _ if living(strand).is_none() => break,
                    Some(other) if other != me && self.state(other) != State::Ended => {
                        return Err(StrandError::Awaited { strand: strand.number() });
                    }
                    _ => rest.waiter = Some(me),
                }
            }
            self.block();
        }
        Ok(())
    }

    fn host(&self, strand: Strand) -> Result<(), StrandError> {
        let record = expect_living(strand)?;
        // Where its package is called, in order: before what follows has it go by the host.
        record.is_bound.store(true, Ordering::Relaxed);
        let ended = StrandError::Ended { strand: strand.number() };
        if record.parking.host(table::number(strand)) { Ok(()) } else { Err(ended) }
    }

    fn admit(&self, strand: Strand) {
        unblock(&strand);
    }

    fn withhold(&self, strand: Strand) {
        block(&strand);
    }

    fn end(&self, strand: Strand) -> Result<(), StrandError> {
        wake::end(expect_living(strand)?, table::number(strand));
        Ok(())
    }

    fn state(&self, strand: Strand) -> State {
        let Some(record) = table::find(strand) else { return State::Ended };
        match record.parking.activity(table::number(strand)) {
            Activity::Active => match record.station() {
                Some(station) if station.is_at(record) => {
                    State::Running(CoreId::new(station.core()).unwrap_or(CoreId::FIRST))
                }
                _ => State::Ready,
            },
            Activity::Blocked => State::Blocked,
            Activity::Over => State::Ended,
        }
    }

    fn priority(&self, strand: Strand) -> Result<Priority, StrandError> {
        let number = expect_living(strand)?.priority();
        Ok(u8::try_from(number).ok().and_then(Priority::new).unwrap_or_default())
    }

    fn set_priority(&self, strand: Strand, priority: Priority) -> Result<(), StrandError> {
        wake::change_priority(expect_living(strand)?, priority.number().into());
        Ok(())
    }
}

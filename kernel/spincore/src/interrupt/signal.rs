//! Signals: what cores say to each other, each a software-generated interrupt of its own.
//!
//! They carry no data. What they are about is in memory before they are sent.

use super::{interface, signal};
use crate::timer as own_timer;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use spindle_event::{CoreId, cores};
use spindle_gic::{IntId, SgiTarget};
use spindle_machine::{code, idle, timer};
use spindle_sync::{MAX_CORES, this_core};

/// How long a core may take to answer, in seconds. It answers within the longest stretch of masked interrupts.
const PATIENCE_SECONDS: u64 = 1;

/// What a core says to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Something has arrived in your inbox, and you were asleep.
    Wake,
    /// Fetch your instructions anew: code was placed.
    Synchronise,
    /// You have an earlier alarm than your timer is set to.
    Alarm,
    /// The kernel has failed: stand still.
    Stop,
}

impl Signal {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Wake, Self::Synchronise, Self::Alarm, Self::Stop];

    /// The interrupt that carries it. Numbers below 8, which firmware leaves to the non-secure side.
    pub(super) const fn int_id(self) -> IntId {
        // Constants: the controller's crate makes one by a call.
        const INT_IDS: [IntId; Signal::ALL.len()] =
            [IntId::sgi(0), IntId::sgi(1), IntId::sgi(2), IntId::sgi(3)];
        INT_IDS[self as usize]
    }

    /// The signal that `int_id` carries.
    #[inline]
    pub(super) fn of(int_id: IntId) -> Option<Self> {
        if int_id == Self::Wake.int_id() {
            return Some(Self::Wake);
        }
        Self::ALL.into_iter().find(|signal| signal.int_id() == int_id)
    }

    /// Does what was said.
    ///
    /// # Context
    /// Interrupt context of the core that it was said to.
    // Apart: the wake-up, which comes most, pays nothing for the others.
    #[inline(never)]
    pub(super) fn receive(self) {
        match self {
            // What it is about is seen where it is taken.
            Self::Wake => {}
            Self::Synchronise => answer(),
            Self::Alarm => own_timer::set_anew(),
            Self::Stop => stand_still(),
        }
    }
}

/// How often code was placed.
static ASKED: AtomicU64 = AtomicU64::new(0);
/// The last time that each core knows of.
static ANSWERED: [AtomicU64; MAX_CORES] = [const { AtomicU64::new(0) }; MAX_CORES];

/// A core does not answer a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SilentCore {
    /// Which one.
    pub(crate) core: CoreId,
}

impl fmt::Display for SilentCore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "core {} has not answered for {PATIENCE_SECONDS} s", self.core)
    }
}

impl core::error::Error for SilentCore {}

/// Has every core that runs fetch its instructions anew, and waits until each has.
///
/// A core that starts later has nothing old to run: it fetches anew when its MMU comes on.
///
/// # Errors
/// [`SilentCore`] names the first one that does not answer.
///
/// # Context
/// Not in interrupt context, no lock held: the others could wait for it with interrupts masked.
pub(crate) fn synchronise_cores() -> Result<(), SilentCore> {
    code::synchronise();
    let round = ASKED.fetch_add(1, Ordering::AcqRel) + 1;
    let others = || cores::online().filter(|core| *core != cores::current());
    let asked = others().fold(0_u32, |asked, core| {
        signal(core, Signal::Synchronise);
        asked | 1 << core.index()
    });
    let give_up_at = timer::now_ticks().saturating_add(timer::frequency_hz() * PATIENCE_SECONDS);
    for core in others().filter(|core| asked & 1 << core.index() != 0) {
        while ANSWERED[core.index()].load(Ordering::Acquire) < round {
            if timer::now_ticks() > give_up_at {
                return Err(SilentCore { core });
            }
            this_core::relax();
        }
    }
    Ok(())
}

/// Answers [`Signal::Synchronise`]. Taking the interrupt was a context synchronisation already; the barrier says so.
fn answer() {
    let asked = ASKED.load(Ordering::Acquire);
    code::synchronise();
    ANSWERED[this_core::index()].fetch_max(asked, Ordering::Release);
}

/// Has every other core stand still, as far as it lets interrupts in. Waits for nobody.
///
/// # Context
/// Any, a panic included.
pub(crate) fn stop_others() {
    if let Some(interface) = interface() {
        let _ = interface.send_sgi(Signal::Stop.int_id(), SgiTarget::AllOthers);
    }
}

/// Does nothing more on this core.
pub(crate) fn stand_still() -> ! {
    timer::disarm();
    loop {
        idle::wait_for_interrupt();
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;
    use spindle_gic::IntId;

    #[test]
    fn each_signal_has_an_interrupt_of_its_own() {
        for signal in Signal::ALL {
            assert_eq!(Signal::of(signal.int_id()), Some(signal));
        }
        assert_eq!(Signal::of(IntId::sgi(7)), None);
        assert_eq!(Signal::of(IntId::ppi(0)), None);
    }
}

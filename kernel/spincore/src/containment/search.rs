//! Search: from where something has failed to the innermost caller that can go on.
//!
//! Looks only; nothing is given up here. Takes the locks of events, one after the other, to ask whose call a frame is.

use super::refuge::refuge;
use crate::authority::authority;
use crate::place::Place as Instruction;
use crate::whereabouts::Spot;
use crate::{culprit, log, strand};
use arrayvec::ArrayVec;
use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_domain::{DomainId, names};
use spindle_event::caught::{self, Catch};
use spindle_event::mailbox;
use spindle_machine::callers::Callers;
use spindle_sync::boundary::Landing;
use spindle_unwind::{Base, Rule};

/// Most frames that are followed: a damaged stack must end. A run of the same function counts as one.
const LONGEST: usize = 4096;
/// How many frames are told.
const TOLD: usize = 12;

/// Where the function lies that begins the run loop.
static RUN_LOOP: AtomicUsize = AtomicUsize::new(0);

/// What the assembly of a boundary has done with its caller's registers.
const BOUNDARY: Rule = Rule { base: Base::Sp, size: Landing::FRAME.0, saved: Landing::FRAME.1 };

/// A caller that can go on.
pub(super) struct Found {
    /// Whose code has failed.
    pub(super) culprit: DomainId,
    /// Whose call is given up; nobody's for a boundary, which knows by itself.
    pub(super) victim: Option<DomainId>,
    /// The caller.
    pub(super) callers: Callers,
    /// How it goes on.
    pub(super) place: Place,
    /// What stood between.
    pub(super) trail: Trail,
    /// How it was found.
    pub(super) trust: Trust,
}

impl Found {
    /// Whether all of a strand is given up.
    pub(super) fn is_strand(&self) -> bool {
        let function = || Spot::of(self.callers.pc()).and_then(|spot| spot.function);
        matches!(self.place, Place::Kernel) && function() == Some(strand::caller())
    }
}

/// How a caller was found, and so what is known of whose the failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Frame by frame.
    Walked,
    /// Past a stack that can't be read, on which nobody else has a trace.
    Alone,
    /// The same, and somebody has.
    Doubtful,
    /// The run loop was sent astray by a message, and nobody knows any more whose that was: the culprit is [`NOBODY`].
    Astray,
}

/// Number of no domain.
pub(super) const NOBODY: u32 = 0;

/// How a caller goes on. Of one byte, so that no failure is all zeros, and the room for one in each core takes none in the image.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Place {
    /// The innermost boundary is left.
    Boundary,
    /// The handler that was called by this function is given up.
    Handler(usize, Catch),
    /// The kernel goes on as if its call had returned.
    Kernel,
}

/// Instructions that stood above the caller, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Trail {
    places: ArrayVec<usize, TOLD>,
}

impl Trail {
    fn note(&mut self, pc: usize) {
        // Full: the innermost ones say most.
        let _ = self.places.try_push(pc);
    }

    /// Writes them to the log.
    pub(super) fn tell(&self) {
        for place in &self.places {
            log::note(format_args!("  {}", Instruction::At(*place)));
        }
    }
}

/// The innermost caller that can go on when what stands at `callers` is given up. If it is not known, whose that is: the innermost
/// extension's that has a frame there.
pub(super) fn search(callers: Callers, culprit: Option<DomainId>) -> Option<Found> {
    walk(callers, culprit, &mut false)
}

/// The same for whatever stands there, also when the stack can't be read.
pub(super) fn search_anyhow(callers: Callers) -> Option<Found> {
    let (sp, mut is_past_boundary) = (callers.sp(), false);
    // Frames that were all there, and all the kernel's own: nobody else has failed.
    walk(callers, None, &mut is_past_boundary).or_else(|| if is_past_boundary { None } else { refuge(sp) })
}

fn walk(mut callers: Callers, culprit: Option<DomainId>, is_past_boundary: &mut bool) -> Option<Found> {
    let trust = Trust::Walked;
    let (mut culprit, mut trail, mut strange) = (culprit, Trail::default(), None);
    // The frame before, if it is the kernel's own.
    let mut before: Option<Callers> = None;
    for _ in 0..LONGEST {
        let pc = callers.pc();
        if callers.is_sent_to(Landing::on_return()) {
            // It took too long meanwhile, and is due to be given up for that.
            let culprit = culprit.or_else(culprit::noted)?;
            return Some(Found { culprit, victim: None, callers, place: Place::Boundary, trail, trust });
        }
        if Landing::is_in_between(pc) {
            if let Some(culprit) = culprit {
                return Some(Found { culprit, victim: None, callers, place: Place::Boundary, trail, trust });
            }
            *is_past_boundary = true;
            if !callers.step(&BOUNDARY) {
                return None;
            }
            continue;
        }
        if Landing::is_shield(pc) {
            if !callers.step(&BOUNDARY) {
                return None;
            }
            continue;
        }
        let spot = Spot::of(pc)?;
        if let (Some(culprit), Some(callers)) = (culprit, before.take())
            && spot.function == Some(RUN_LOOP.load(Ordering::Relaxed))
        {
            return Some(Found { culprit, victim: None, callers, place: Place::Kernel, trail, trust });
        }
        trail.note(pc);
        culprit = culprit.or(spot.domain);
        if let Some(culprit) = culprit
            && runs_others(&spot)
        {
            return Some(Found { culprit, victim: None, callers, place: Place::Kernel, trail, trust });
        }
        before = spot.domain.is_none().then(|| callers.clone());
        if !callers.step(&spot.rule?) {
            return None;
        }
        // A function that was found to be no handler's is most often found again, in a recursion.
        if let (Some(culprit), Some(function), Some(_)) = (culprit, spot.function, spot.domain)
            && strange != Some(function)
        {
            if let Some(catch) = caught::catch(authority(), function) {
                let (victim, place) = (spot.domain, Place::Handler(function, catch));
                return Some(Found { culprit, victim, callers, place, trail, trust });
            }
            strange = Some(function);
        }
    }
    None
}

/// Whose code stands innermost at `callers`, without the kernel's.
pub(crate) fn whose(mut callers: Callers) -> Option<DomainId> {
    for _ in 0..LONGEST {
        let pc = callers.pc();
        if let Some(domain) = Spot::of(pc).and_then(|spot| spot.domain) {
            return Some(domain);
        }
        if !callers.step(&rule_at(pc)?) {
            return None;
        }
    }
    None
}

/// Says which function it is that begins the run loop.
pub(crate) fn set_run_loop(begin: usize) {
    // Relaxed: written before anything foreign runs.
    RUN_LOOP.store(begin, Ordering::Relaxed);
}

/// The run loop, if it was that which sent the core to where no code is. All that it calls so are messages.
pub(super) fn astray(callers: Callers) -> Option<Found> {
    let spot = Spot::of(callers.pc())?;
    goes_on(&callers, &spot).then(|| Found {
        culprit: DomainId::new(authority(), NOBODY),
        victim: None,
        callers,
        place: Place::Kernel,
        trail: Trail::default(),
        trust: Trust::Astray,
    })
}

/// Whether the kernel goes on when a call is given up that a function of its own has made, whose frame this is: a turn of the
/// run loop, or what runs foreign code inside one and has something to do afterwards.
fn goes_on(callers: &Callers, spot: &Spot) -> bool {
    let caller = || {
        let mut caller = callers.clone();
        let is_there = caller.step(&spot.rule?);
        is_there.then(|| Spot::of(caller.pc()))??.function
    };
    runs_others(spot) || spot.domain.is_none() && caller() == Some(RUN_LOOP.load(Ordering::Relaxed))
}

/// Whether this is a function of the kernel that runs foreign code and has something to do afterwards.
fn runs_others(spot: &Spot) -> bool {
    let is_it = |function| {
        mailbox::runner(authority()) == function
            || names::caller(authority()) == function
            || strand::caller() == function
    };
    spot.domain.is_none() && spot.function.is_some_and(is_it)
}

/// Goes to the caller's frame; whether there is one.
pub(super) fn step(callers: &mut Callers) -> bool {
    rule_at(callers.pc()).is_some_and(|rule| callers.step(&rule))
}

/// What the function at `pc` has done with its caller's registers, the assembly of boundaries included.
fn rule_at(pc: usize) -> Option<Rule> {
    let is_boundary = Landing::is_in_between(pc) || Landing::is_shield(pc);
    if is_boundary { Some(BOUNDARY) } else { Spot::of(pc)?.rule }
}

/// The innermost frame from `callers` on that has something to clean up and is given up, and its landing pad.
pub(super) fn next_pad(mut callers: Callers, culprit: DomainId) -> Option<(Callers, usize)> {
    let end = search(callers.clone(), Some(culprit))?.callers.sp();
    while callers.sp() < end {
        if let Some(pad) = Spot::of(callers.pc())?.pad {
            return Some((callers, pad));
        }
        if !step(&mut callers) {
            return None;
        }
    }
    None
}

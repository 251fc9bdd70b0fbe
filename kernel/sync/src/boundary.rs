//! Boundary: where a call that fails, or takes too long, is given up and its caller goes on.
//!
//! [`run`] saves what a caller expects to find again (AAPCS64 6.1.1: x19 to x30 and the stack pointer) on the stack, notes
//! in a frame where, and notes the frame as this core's innermost. To *give up* is to take the frame's registers back: whatever was running
//! above it is gone, without its destructors having run. The frames of a core are a list, innermost first, since calls
//! nest.
//!
//! A frame is under one of two rules. With a *limit*, the call has so many ticks of its own: what inner frames took,
//! and what interrupts took, is not charged. With *progress*, a walk over handlers says which row it is at and whether
//! that row's guard has said yes; a guard that is found to be the same at two ticks in a row has run for too long.
//!
//! # Who may give up what
//!
//! Code that runs above a frame is given up in two ways. A panic gives itself up ([`give_up`]): the panic handler has
//! seen that it was an extension's own code that panicked, with interrupts enabled, so that it held no
//! [`Lock`](crate::Lock). A timer interrupt gives up what it interrupted ([`Due`]), under the same two conditions. What
//! is lost then is memory and slots that the extension had in hand, and nothing of the kernel's.
//!
//! Does not know handlers, guards, domains or timers: the kernel says how a tick is asked for ([`set_arm`]).

#[cfg(target_os = "none")]
mod aarch64;
#[cfg(not(target_os = "none"))]
mod host;

#[cfg(target_os = "none")]
use aarch64 as machine;
#[cfg(not(target_os = "none"))]
use host as machine;

use core::cell::Cell;
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering, compiler_fence};

use crate::authority::Authority;
use crate::once::Once;
use crate::this_core;

#[cfg(not(target_os = "none"))]
pub use host::overrun_here;
pub use machine::{Landing, give_up};

/// Why a call was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum End {
    /// It panicked.
    Panicked = 1,
    /// It took more time than it has.
    Overran = 2,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panicked => "panicked",
            Self::Overran => "took too long",
        })
    }
}

/// What a call is held to.
#[derive(Clone, Copy)]
pub enum Rule<'a> {
    /// At most so many ticks of its own.
    Limit(u64),
    /// No guard of this walk runs for longer than so many ticks (twice that at the most).
    Guards(&'a Progress, u64),
}

/// How far a walk over rows is.
#[derive(Debug)]
#[repr(C)]
pub struct Progress {
    row: Cell<usize>,
    phase: Cell<usize>,
}

/// In [`Progress`]: a row has its turn, and no handler runs yet.
const ASKING: usize = 0;

impl Progress {
    /// Before the first row.
    pub const fn new() -> Self {
        Self { row: Cell::new(0), phase: Cell::new(ASKING) }
    }

    /// The row that has its turn, by whatever number its walk gives it.
    #[inline(always)]
    pub fn row(&self) -> usize {
        self.row.get()
    }

    /// Row `row` has its turn. An interrupt that comes later sees it.
    #[inline(always)]
    pub fn begin(&self, row: usize) {
        self.begin_in(row, ASKING);
    }

    /// Row `row` has its turn, and enters `phase` at once.
    #[inline(always)]
    pub fn begin_in(&self, row: usize, phase: usize) {
        self.row.set(row);
        self.phase.set(phase);
        // The stores stay in front of what follows, for an interrupt of this core.
        compiler_fence(Ordering::SeqCst);
    }

    /// The phase its row has entered; 0 while its guard is asked.
    #[inline(always)]
    pub fn phase(&self) -> usize {
        self.phase.get()
    }

    /// The row enters `phase`, which is not 0. An interrupt that comes later sees it.
    #[inline(always)]
    pub fn enter(&self, phase: usize) {
        self.phase.set(phase);
        // The store stays in front of what follows, for an interrupt of this core.
        compiler_fence(Ordering::SeqCst);
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was given up, and why.
    pub end: Option<End>,
    /// Ticks of its own that it took.
    pub ticks: u64,
}

/// A call on this core, as whoever may give it up sees it. The assembly knows its layout.
#[repr(C)]
pub(crate) struct Frame {
    entered: machine::Entered,
    outer: *mut Frame,
    /// When it began, and later by what was not its own.
    since: Cell<u64>,
    terms: *const Terms,
}

/// What a call is held to. The assembly knows that the limit comes first.
#[derive(Debug)]
#[repr(C)]
struct Terms {
    limit: u64,
    /// Whose code runs inside.
    code: usize,
    /// Null for a call with a limit.
    progress: *const Progress,
    /// The row whose guard a tick has found asked, and when; in the beginning of time for none. Used with progress only.
    asked: Cell<(usize, u64)>,
}

/// What a core knows of its frames. Written by this core and its interrupts only, hence relaxed. The assembly knows its layout.
#[repr(C, align(64))]
struct Core {
    innermost: AtomicPtr<Frame>,
    /// No later than when the next tick comes; none when at the end of time.
    armed: AtomicU64,
}

/// How soon to look again at a call that is just being entered or left.
const RETRY_TICKS: u64 = 1000;

static CORES: [Core; crate::MAX_CORES] =
    [const { Core { innermost: AtomicPtr::new(ptr::null_mut()), armed: AtomicU64::new(u64::MAX) } };
        crate::MAX_CORES];
static ARM: Once<fn(u64)> = Once::INIT;

#[inline(always)]
fn this() -> &'static Core {
    // The remainder changes nothing: a core's number is below it. It spares the check of the index.
    &CORES[this_core::index() % crate::MAX_CORES]
}

/// Says how a tick is asked for: by the time, in ticks, at which it is to come. The first call counts.
///
/// What is said is called with interrupts enabled or not, and takes no lock that an interrupt could wait for.
pub fn set_arm(_: &Authority, arm: fn(u64)) {
    ARM.call_once(|| arm);
}

/// Runs `work`, which is code at `code`, under `rule`. What it gives is there if it was not given up.
///
/// # Context
/// Not in interrupt context. Takes no lock; allocates nothing.
#[inline(always)]
pub fn run<T, W: FnOnce() -> T>(code: usize, rule: Rule<'_>, work: W) -> (Option<T>, Outcome) {
    let core = this();
    let outer = core.innermost.load(Ordering::Relaxed);
    let (limit, progress) = match rule {
        Rule::Limit(ticks) => (ticks, ptr::null()),
        Rule::Guards(progress, ticks) => (ticks, ptr::from_ref(progress)),
    };
    let now = this_core::ticks();
    let terms = Terms { limit, code, progress, asked: Cell::new((0, 0)) };
    let frame =
        Frame { entered: machine::Entered::new(), outer, since: Cell::new(now), terms: &raw const terms };
    // The frame is whole when an interrupt finds it, and found by a tick that comes as soon as it is asked for: one that found
    // nobody would not come again.
    compiler_fence(Ordering::SeqCst);
    core.innermost.store(ptr::from_ref(&frame).cast_mut(), Ordering::Relaxed);
    compiler_fence(Ordering::SeqCst);
    let deadline = now.saturating_add(limit);
    if deadline < core.armed.load(Ordering::Relaxed) {
        arm(core, deadline);
    }
    // Not an `Option`: what is given up half-way through writing it is never looked at.
    let mut given = MaybeUninit::uninit();
    let end = machine::enter(&frame.entered, || {
        given.write(work());
    });
    if end.is_none() || !machine::LANDING_LEAVES {
        frame.leave(core);
    }
    let ticks = this_core::ticks().wrapping_sub(frame.since.get());
    let given = match end {
        // SAFETY: `enter` has run the closure to its end, which has written.
        None => Some(unsafe { given.assume_init() }),
        Some(_) => None,
    };
    (given, Outcome { end, ticks })
}

/// What is called again and again under one limit: see [`Held`].
pub trait Holds<A: ?Sized>: Sync {
    /// What a call gives.
    type Output;
    /// A call.
    fn handle(&self, args: &A) -> Self::Output;
    /// A call was given up.
    fn gave_up(&self, end: End);
}

/// Something that is held to so many ticks whenever it is called, at the least cost: what [`run`] makes for each call is made
/// once.
#[derive(Debug)]
#[repr(C)]
pub struct Held<T> {
    // First: the assembly is given a pointer to it.
    terms: Terms,
    state: T,
}

// SAFETY: terms without progress are only read; the rest is `T`.
unsafe impl<T: Send> Send for Held<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Held<T> {}

impl<T> Held<T> {
    /// Holds `state`, whose code lies at `code`, to `limit` ticks a call.
    pub fn new(state: T, code: usize, limit: u64) -> Self {
        Self { terms: Terms { limit, code, progress: ptr::null(), asked: Cell::new((0, 0)) }, state }
    }

    /// Calls it. What it gives is there if it was not given up; if it was, it has been told.
    ///
    /// # Context
    /// Not in interrupt context. Takes no lock; allocates nothing.
    #[inline(always)]
    pub fn call<A: ?Sized>(&self, args: &A) -> Option<T::Output>
    where
        T: Holds<A>,
    {
        machine::call_held(self, args)
    }
}

impl Frame {
    /// It has come to its end, or was given up: the outer call goes on, to which nothing of this was its own.
    fn leave(&self, core: &Core) {
        core.innermost.store(self.outer, Ordering::Relaxed);
        if !self.outer.is_null() {
            self.go_on(core);
        }
    }

    #[cold]
    fn go_on(&self, core: &Core) {
        let over = this_core::ticks();
        // SAFETY: the frames in the list of this core are alive: each takes itself out before it goes.
        let outer = unsafe { &*self.outer };
        outer.excuse(over.wrapping_sub(self.since.get()));
        // The tick was asked for on behalf of the inner call, which may have had more time.
        let deadline = outer.deadline(over);
        if deadline < core.armed.load(Ordering::Relaxed) {
            arm(core, deadline);
        }
    }
}

#[cold]
fn arm(core: &Core, deadline: u64) {
    core.armed.store(deadline, Ordering::Relaxed);
    if let Some(arm) = ARM.get() {
        arm(deadline);
    }
}

/// Whether a call of this core could be given up.
pub fn is_inside() -> bool {
    !this().innermost.load(Ordering::Relaxed).is_null()
}

/// Whose code the innermost call of this core runs.
pub fn innermost_code() -> Option<usize> {
    innermost().map(|frame| frame.terms().code)
}

/// Whether this core's innermost call has a limit and is over it. Whoever waits in its name gives up waiting then.
///
/// # Context
/// Not in interrupt context.
pub fn is_overdue() -> bool {
    let now = this_core::ticks();
    let is_over = |frame: &Frame| now.saturating_sub(frame.since.get()) >= frame.terms().limit;
    innermost().is_some_and(|frame| frame.terms().progress.is_null() && is_over(frame))
}

fn innermost() -> Option<&'static Frame> {
    let frame = this().innermost.load(Ordering::Relaxed);
    // SAFETY: as in `Frame::go_on`. The lifetime is not used beyond functions of this module.
    unsafe { frame.as_ref() }
}

/// What a tick finds.
#[derive(Debug)]
pub enum Tick {
    /// No call has a limit: no tick is needed.
    Idle,
    /// Nobody is over its time; the next tick is due then.
    Later(u64),
    /// The innermost call is over its time.
    Due(Due),
}

/// A call that is over its time.
#[derive(Debug)]
pub struct Due {
    /// Whose code it runs; 0 for a guard: the walk does not say whose.
    pub code: usize,
    /// Whether it is a guard that takes so long.
    pub is_guard: bool,
    /// How many ticks it may take.
    pub limit: u64,
    frame: *mut Frame,
}

impl Due {
    /// Where the machine goes on instead of where it was.
    ///
    /// # Context
    /// The interrupt that found it due; the innermost call is still the same.
    pub fn landing(&self, _: &Authority) -> Landing {
        Landing::new(self.frame, End::Overran)
    }

    /// Where the stack of the call begins: what lies below is its own.
    ///
    /// # Context
    /// As for [`landing`](Self::landing).
    pub fn stack_begin(&self) -> usize {
        // SAFETY: the innermost frame is alive while what runs above it is interrupted.
        unsafe { (*self.frame).entered.stack() }
    }
}

/// Looks after this core's innermost call at time `now`.
///
/// # Context
/// Interrupt context: what was interrupted stays as it is meanwhile.
pub fn tick(_: &Authority, now: u64) -> Tick {
    let core = this();
    core.armed.store(u64::MAX, Ordering::Relaxed);
    let Some(frame) = innermost() else { return Tick::Idle };
    let found = frame.look(now);
    if let Tick::Later(deadline) = found {
        core.armed.store(deadline, Ordering::Relaxed);
    }
    found
}

/// The tick comes again at `deadline`.
///
/// # Context
/// As for [`tick`], after it.
pub fn again(_: &Authority, deadline: u64) {
    this().armed.store(deadline, Ordering::Relaxed);
}

/// An interrupt took so many ticks, which nobody is charged for.
///
/// # Context
/// Interrupt context.
#[inline]
pub fn excuse(_: &Authority, ticks: u64) {
    if let Some(frame) = innermost() {
        frame.excuse(ticks);
    }
}

impl Frame {
    fn terms(&self) -> &Terms {
        // SAFETY: the terms of a frame outlive it: those of `run` lie in the same function, those of a `Held` are borrowed.
        unsafe { &*self.terms }
    }

    fn look(&self, now: u64) -> Tick {
        // Not entered yet, or left already: the registers are not there to go back to.
        if self.entered.stack() == 0 {
            return Tick::Later(now.saturating_add(RETRY_TICKS));
        }
        let deadline = self.deadline(now);
        if now < deadline {
            return Tick::Later(deadline);
        }
        let Terms { limit, code, progress, .. } = *self.terms();
        let is_guard = !progress.is_null();
        let code = if is_guard { 0 } else { code };
        Tick::Due(Due { code, is_guard, limit, frame: ptr::from_ref(self).cast_mut() })
    }

    /// When it will have had its time, if it goes on as it is found at `now`.
    fn deadline(&self, now: u64) -> u64 {
        let Terms { limit, progress, asked, .. } = self.terms();
        // SAFETY: a frame's progress outlives the frame: `run` borrows it.
        let Some(progress) = (unsafe { progress.as_ref() }) else {
            return self.since.get().saturating_add(*limit);
        };
        if progress.phase() != ASKING {
            asked.set((0, 0));
            return now.saturating_add(*limit);
        }
        let (row, since) = asked.get();
        if since != 0 && row == progress.row() {
            return since.saturating_add(*limit);
        }
        asked.set((progress.row(), now));
        now.saturating_add(*limit)
    }

    /// So many ticks were not its own, nor those of whoever it was called by.
    fn excuse(&self, ticks: u64) {
        let mut frame = Some(self);
        while let Some(this) = frame {
            this.since.set(this.since.get().wrapping_add(ticks));
            let Terms { progress, asked, .. } = this.terms();
            let (row, since) = if progress.is_null() { (0, 0) } else { asked.get() };
            if since != 0 {
                asked.set((row, since.wrapping_add(ticks)));
            }
            // SAFETY: the frames in the list of this core are alive: each takes itself out before it goes.
            frame = unsafe { this.outer.as_ref() };
        }
    }
}

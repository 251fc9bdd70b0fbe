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

/// A call on this core, as whoever may give it up sees it.
#[repr(C)]
pub(crate) struct Frame {
    // First: the assembly knows its layout.
    saved: machine::Saved,
    outer: *mut Frame,
    /// When it began, and later by what was not its own.
    since: Cell<u64>,
    limit: u64,
    /// Whose code runs inside.
    code: usize,
    /// Null for a call with a limit.
    progress: *const Progress,
    /// The row whose guard was asked at the last tick: one that is still asked at the next has had its time.
    seen: Cell<usize>,
}

/// What a core knows of its frames. Written by this core and its interrupts only, hence relaxed.
#[repr(align(64))]
struct Core {
    innermost: AtomicPtr<Frame>,
    /// No later than when the next tick comes; none when at the end of time.
    armed: AtomicU64,
}

/// In a frame: no guard was asked at the last tick. No row has this number.
const NOT_SEEN: usize = usize::MAX;

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
    let frame = Frame {
        saved: machine::Saved::new(),
        outer,
        since: Cell::new(now),
        limit,
        code,
        progress,
        seen: Cell::new(NOT_SEEN),
    };
    let deadline = now.saturating_add(limit);
    if deadline < core.armed.load(Ordering::Relaxed) {
        arm(core, deadline);
    }
    // Not an `Option`: what is given up half-way through writing it is never looked at.
    let mut given = MaybeUninit::uninit();
    core.innermost.store(ptr::from_ref(&frame).cast_mut(), Ordering::Relaxed);
    let end = machine::enter(&frame.saved, || {
        given.write(work());
    });
    core.innermost.store(outer, Ordering::Relaxed);
    let ticks = this_core::ticks().wrapping_sub(frame.since.get());
    if !outer.is_null() {
        charge_outer(outer, ticks);
    }
    let given = match end {
        // SAFETY: `enter` has run the closure to its end, which has written.
        None => Some(unsafe { given.assume_init() }),
        Some(_) => None,
    };
    (given, Outcome { end, ticks })
}

/// What an inner call took is not the outer one's.
#[cold]
fn charge_outer(outer: *mut Frame, ticks: u64) {
    // SAFETY: the frames in the list of this core are alive: each takes itself out before it goes.
    let outer = unsafe { &*outer };
    outer.since.set(outer.since.get().wrapping_add(ticks));
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
    innermost().map(|frame| frame.code)
}

/// Whether this core's innermost call has a limit and is over it. Whoever waits in its name gives up waiting then.
///
/// # Context
/// Not in interrupt context.
pub fn is_overdue() -> bool {
    let now = this_core::ticks();
    let is_over = |frame: &Frame| now.saturating_sub(frame.since.get()) >= frame.limit;
    innermost().is_some_and(|frame| frame.progress.is_null() && is_over(frame))
}

fn innermost() -> Option<&'static Frame> {
    let frame = this().innermost.load(Ordering::Relaxed);
    // SAFETY: as in `charge_outer`. The lifetime is not used beyond functions of this module.
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
        unsafe { (*self.frame).saved.stack() }
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
        frame.since.set(frame.since.get().wrapping_add(ticks));
    }
}

impl Frame {
    fn look(&self, now: u64) -> Tick {
        // Not entered yet, or left already: the registers are not there to go back to.
        if self.saved.stack() == 0 {
            return Tick::Later(now.saturating_add(RETRY_TICKS));
        }
        let due = |is_guard| {
            let code = if is_guard { 0 } else { self.code };
            Tick::Due(Due { code, is_guard, limit: self.limit, frame: ptr::from_ref(self).cast_mut() })
        };
        // SAFETY: a frame's progress outlives the frame: `run` borrows it.
        match unsafe { self.progress.as_ref() } {
            None => {
                let deadline = self.since.get().saturating_add(self.limit);
                if now >= deadline { due(false) } else { Tick::Later(deadline) }
            }
            Some(progress) => {
                let asked = if progress.phase() == ASKING { progress.row() } else { NOT_SEEN };
                if self.seen.replace(asked) == asked && asked != NOT_SEEN {
                    return due(true);
                }
                Tick::Later(now.saturating_add(self.limit))
            }
        }
    }
}

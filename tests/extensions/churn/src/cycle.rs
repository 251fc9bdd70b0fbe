//! Cycle: what comes next.
//!
//! ```text
//!          every core has had a turn           all have ended
//!   Come -------------------------> Go, Going ----------------> Come, of the next cycle, on the next core
//!    |  ^
//!    v  '-- the first time                      Take: many turns after the last raise
//!   Take -- the second time: over
//! ```
//!
//! Each step is a turn of its own, on the cycle's core; none of them waits.

use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use spindle_clock::Timer;
use spindle_console::Console;
use spindle_control::{Control, ENDED};
use spindle_domain::Identity;
use spindle_event::{Binding, CoreId, Event, Exclusive, InstallError, cores};

use crate::OWNER;
use crate::figures::{Change, Figures};
use crate::guests::{Guests, WAYS};
use crate::laps;
use crate::order::Order;
use crate::raises::{self, Account};
use crate::trouble::Trouble;

static STEP: Event<Step> = Event::new("churn-step", &OWNER);

/// Cycles before the figures are taken: each way of loading with each way of unloading, and each core for itself.
const WARM_UP: u64 = 4 * WAYS;

/// Rounds after which every core has raised all guests more than once.
const UNTIL_RAISED: u32 = 8;

const NS_PER_MS: u64 = 1_000_000;

/// Why a step is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It is time.
    Due,
    /// A domain has ended.
    Ended,
}

/// Where a cycle is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Come,
    Go,
    Going,
    Take,
}

/// What has to happen for the next step.
enum Next {
    /// Nothing: on the core of the cycle.
    Go,
    /// So many rounds of all cores.
    Laps(u32),
    /// A domain has to end.
    Wait,
    /// It is over.
    Over(Over),
}

/// What is told at the end.
struct Over {
    cycles: u64,
    change: Change,
    elapsed_ms: u64,
}

struct Run {
    control: Control,
    guests: Guests,
    /// Have every core raise as long as this is on.
    _timers: Vec<Timer>,
    cycles: u64,
    cycle: u64,
    stage: Stage,
    before: Option<Figures>,
    since_ns: u64,
}

static RUN: Exclusive<Option<Run>> = Exclusive::new(None);
/// Whether one is on.
static IS_ON: AtomicBool = AtomicBool::new(false);
/// Where the steps of this cycle are taken.
static CORE: AtomicUsize = AtomicUsize::new(0);
/// How many domains have ended in this cycle.
static GONE: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn serve(console: &Console) -> Result<(), InstallError> {
    let own = console.clone();
    let _: Binding = STEP.owned(&OWNER)?.install(move |step| {
        if let Err(trouble) = take(*step, &own) {
            fail(&trouble);
        }
    })?;
    let _: Binding = ENDED.install(|_| {
        // Release: who counts the last one sees all that led to it.
        GONE.fetch_add(1, Ordering::Release);
        if IS_ON.load(Ordering::Acquire)
            && let Err(trouble) = post(Step::Ended)
        {
            fail(&trouble);
        }
    })?;
    Ok(())
}

pub(crate) fn begin(me: &Identity, control: Control, console: &Console, order: &Order) {
    let begun = match IS_ON.swap(true, Ordering::AcqRel) {
        true => Err(Trouble::Busy),
        false => set_up(me, control, order).inspect_err(|_| stop()),
    };
    if let Err(trouble) = begun {
        say(console, format_args!("churn over: failed, {trouble}\n"));
    }
}

fn set_up(me: &Identity, control: Control, order: &Order) -> Result<(), Trouble> {
    let guests = Guests::new(me, control, order.extra.clone())?;
    let _timers = raises::timers(control).map_err(Trouble::Timer)?;
    let since_ns = spindle_clock::now_ns();
    let cycles = order.cycles.max(1);
    let run = Run { control, guests, _timers, cycles, cycle: 0, stage: Stage::Come, before: None, since_ns };
    CORE.store(0, Ordering::Relaxed);
    // Lent to nobody: there was no run.
    let _ = RUN.with(|place| *place = Some(run));
    raises::resume();
    go_on()
}

/// Has the next step taken.
pub(crate) fn go_on() -> Result<(), Trouble> {
    post(Step::Due)
}

/// Says why it does not go on, and ends it.
pub(crate) fn fail(trouble: &Trouble) {
    stop();
    if let Ok(console) = Console::open() {
        say(&console, format_args!("churn over: failed, {trouble}\n"));
    }
}

fn stop() {
    raises::pause();
    // Lent out, it is left where it is, and the next one takes its place.
    let _ = RUN.with(Option::take);
    IS_ON.store(false, Ordering::Release);
}

fn post(step: Step) -> Result<(), Trouble> {
    let core = CoreId::new(CORE.load(Ordering::Relaxed)).unwrap_or(CoreId::FIRST);
    STEP.post(core, step).map(drop).map_err(|_| Trouble::Post(core))
}

fn take(step: Step, console: &Console) -> Result<(), Trouble> {
    let next = match RUN.with(|run| run.as_mut().map(|run| run.take(step))) {
        Ok(Some(next)) => next?,
        Ok(None) => return Ok(()),
        // Another core is at it, with a step of the cycle before.
        Err(_) => return post(step),
    };
    match next {
        Next::Go => go_on(),
        Next::Laps(rounds) => laps::begin(rounds),
        Next::Wait => Ok(()),
        Next::Over(over) => {
            stop();
            tell(console, &over);
            Ok(())
        }
    }
}

fn tell(console: &Console, over: &Over) {
    let Account { hits, misses, wrong } = raises::account();
    let Over { cycles, change, elapsed_ms } = over;
    say(
        console,
        format_args!(
            "churn over: {cycles} cycles in {elapsed_ms} ms, {hits} raises, {misses} of nobody, {wrong} wrong, {change}\n"
        ),
    );
}

impl Run {
    fn take(&mut self, step: Step) -> Result<Next, Trouble> {
        match (self.stage, step) {
            (Stage::Come, Step::Due) => {
                GONE.store(0, Ordering::Relaxed);
                self.guests.come(self.cycle)?;
                self.stage = Stage::Go;
                Ok(Next::Laps(UNTIL_RAISED))
            }
            (Stage::Go, Step::Due) => {
                self.stage = Stage::Going;
                self.guests.go(self.cycle)?;
                Ok(Next::Wait)
            }
            (Stage::Going, _) if GONE.load(Ordering::Acquire) < self.guests.count() => {
                self.guests.go(self.cycle)?;
                Ok(Next::Wait)
            }
            (Stage::Going, _) => Ok(self.end_cycle()),
            (Stage::Take, Step::Due) => self.take_figures(),
            (_, Step::Ended) => Ok(Next::Wait),
        }
    }

    fn end_cycle(&mut self) -> Next {
        self.cycle += 1;
        CORE.store(self.cycle as usize % cores::count().max(1), Ordering::Relaxed);
        if self.cycle == WARM_UP || self.cycle == WARM_UP + self.cycles {
            raises::pause();
            self.stage = Stage::Take;
            return Next::Laps(laps::UNTIL_QUIET);
        }
        self.stage = Stage::Come;
        Next::Go
    }

    fn take_figures(&mut self) -> Result<Next, Trouble> {
        let now = Figures::take(&self.control);
        if let Some(before) = self.before {
            let elapsed_ms = spindle_clock::now_ns().saturating_sub(self.since_ns) / NS_PER_MS;
            return Ok(Next::Over(Over { cycles: self.cycles, change: Change(before, now), elapsed_ms }));
        }
        self.before = Some(now);
        self.since_ns = spindle_clock::now_ns();
        self.stage = Stage::Come;
        raises::clear();
        raises::resume();
        Ok(Next::Go)
    }
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
fn say(console: &Console, what: fmt::Arguments<'_>) {
    let _ = console.write_fmt(what);
}

//! Run: what comes next.
//!
//! ```text
//!          it is loaded           it has failed enough           it has ended
//!   Come ---------------> There ----------------------> Going ----------------> Come, on another core
//!    ^                                                    |
//!    |            each way was taken, or the time is over '--> Rest
//!    |                                                          |
//!    '---- the first time                          all is quiet '--> the second time: over
//! ```
//!
//! A timer gives each core a turn every millisecond. In it the core does its share of the steady load, has the culprit fail if the
//! dice say so, and takes the next step if this is the core that does. Nothing waits.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use spindle_clock::{Timer, TimerError};
use spindle_console::Console;
use spindle_control::{self as control, Control, ENDED, Quotas};
use spindle_event::{Binding, CoreId, Exclusive, InstallError, cores};

use crate::figures::{Change, Figures};
use crate::order::Order;
use crate::trouble::Trouble;
use crate::ways::{self, CULPRIT, Tally};
use crate::{CORES, dice, steady};

const PERIOD_NS: u64 = 1_000_000;
const NS_PER_S: u64 = 1_000_000_000;
const NS_PER_US: u64 = 1_000;

/// How often the culprit fails before it is unloaded: a handler that has failed so often is uninstalled.
const FAILURES: usize = 3;
/// How often there may be no place for it.
const MOST_DELAYS: u64 = 100;
/// How many turns every core has behind the last post before the figures are taken, and after how many what has not arrived is lost.
const UNTIL_QUIET: u64 = 64;
const UNTIL_LOST: u64 = 4096;

/// Where it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Come,
    There,
    Going,
    Rest,
}

struct Run {
    control: Control,
    console: Console,
    /// Give each core its turns as long as this is there.
    _timers: Vec<Timer>,
    order: Order,
    stage: Stage,
    loads: u64,
    /// How often there was no place for the culprit at once.
    delays: u64,
    /// The figures of the first rest, and when it is over.
    before: Option<(Figures, u64)>,
}

static RUN: Exclusive<Option<Run>> = Exclusive::new(None);
/// Whether one is on.
static IS_ON: AtomicBool = AtomicBool::new(false);
/// Whether the cores do their share.
static IS_LOADED: AtomicBool = AtomicBool::new(false);
/// How many failures are to come before the culprit is unloaded.
static LEFT: AtomicUsize = AtomicUsize::new(0);
/// In one turn of so many a core has the culprit fail.
static SIDES: AtomicU64 = AtomicU64::new(1);
/// The culprit has ended.
static HAS_ENDED: AtomicBool = AtomicBool::new(false);
/// Which core takes the next step.
static CORE: AtomicUsize = AtomicUsize::new(0);
/// By core: how many turns it has had since the load ended. Only a count, so `Relaxed` is enough.
static TURNS: [AtomicU64; CORES] = [const { AtomicU64::new(0) }; CORES];

pub(crate) fn serve() -> Result<(), InstallError> {
    let _: Binding = ENDED.install(|ended| {
        if ended.name() == CULPRIT {
            // Release: who takes the next step sees all that led to it.
            HAS_ENDED.store(true, Ordering::Release);
        }
    })?;
    Ok(())
}

pub(crate) fn begin(control: Control, console: &Console, order: Order) {
    let begun = match IS_ON.swap(true, Ordering::AcqRel) {
        true => Err(Trouble::Busy),
        false => set_up(control, console, order).inspect_err(|_| IS_ON.store(false, Ordering::Release)),
    };
    if let Err(trouble) = begun {
        tell(console, order, &trouble);
    }
}

fn set_up(control: Control, console: &Console, order: Order) -> Result<(), Trouble> {
    if cores::count() > CORES {
        return Err(Trouble::Cores(cores::count()));
    }
    dice::begin(order.seed);
    steady::clear();
    ways::clear();
    let _timers = timers(control).map_err(Trouble::Timer)?;
    let console = console.clone();
    let run = Run { control, console, _timers, order, stage: Stage::Come, loads: 0, delays: 0, before: None };
    CORE.store(CoreId::FIRST.index(), Ordering::Relaxed);
    SIDES.store(order.sides, Ordering::Relaxed);
    // Lent to nobody: there was no run.
    let _ = RUN.with(|place| *place = Some(run));
    IS_LOADED.store(true, Ordering::Release);
    Ok(())
}

fn timers(control: Control) -> Result<Vec<Timer>, TimerError> {
    cores::online()
        .map(|core| Timer::periodic(core, PERIOD_NS, move |due| turn(&control, due.count())))
        .collect()
}

/// A turn of this core, which is due for the `count`-th time.
fn turn(control: &Control, count: u64) {
    let here = cores::current().index();
    if IS_LOADED.load(Ordering::Acquire) {
        steady::turn(here, count);
        if dice::roll(here, SIDES.load(Ordering::Relaxed)) == 0 && take_one() {
            ways::fail(control, here);
        }
    } else {
        TURNS[here].fetch_add(1, Ordering::Relaxed);
    }
    if CORE.load(Ordering::Acquire) == here {
        step(here);
    }
}

/// Whether one more failure is due: then it is this core's.
fn take_one() -> bool {
    // Relaxed: only a count.
    LEFT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

fn step(here: usize) {
    // In use, it is another core that takes this step, and there will be a next one.
    let Ok(Some(outcome)) = RUN.with(|run| run.as_mut().map(|run| run.step(here))) else { return };
    if matches!(outcome, Ok(None)) {
        return;
    }
    IS_LOADED.store(false, Ordering::Release);
    let Ok(Some(run)) = RUN.with(Option::take) else { return };
    match outcome {
        Ok(change) => change.iter().for_each(|change| run.tell(change)),
        Err(trouble) => tell(&run.console, run.order, &trouble),
    }
    drop(run);
    IS_ON.store(false, Ordering::Release);
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
fn tell(console: &Console, order: Order, trouble: &Trouble) {
    let _ = writeln!(console, "chaos: seed {}, {} s: failed, {trouble}", order.seed, order.seconds);
}

impl Run {
    /// Takes the next step, if it is time; of the last says what has changed.
    fn step(&mut self, here: usize) -> Result<Option<Change>, Trouble> {
        match self.stage {
            Stage::Come => {
                HAS_ENDED.store(false, Ordering::Relaxed);
                match self.control.load(CULPRIT, None, Quotas::default()) {
                    Ok(_) => self.loads += 1,
                    // A core whose host has not let it run for a second, for one. It is the same again next time, or it isn't.
                    Err(refused) if refused.stage == control::Stage::Place && self.delays < MOST_DELAYS => {
                        self.delays += 1;
                        return Ok(None);
                    }
                    Err(refused) => return Err(Trouble::Load(refused)),
                }
                self.stage = Stage::There;
                LEFT.store(FAILURES, Ordering::Relaxed);
            }
            Stage::There if LEFT.load(Ordering::Relaxed) == 0 || self.is_late() => {
                LEFT.store(0, Ordering::Relaxed);
                self.control.unload(CULPRIT, false).map_err(Trouble::Unload)?;
                self.stage = Stage::Going;
            }
            Stage::Going if HAS_ENDED.load(Ordering::Acquire) => self.go_on(here),
            Stage::Rest if is_at_rest() => return Ok(self.take_figures()),
            Stage::There | Stage::Going | Stage::Rest => {}
        }
        Ok(None)
    }

    /// Whether it is time to rest.
    fn is_late(&self) -> bool {
        match self.before {
            None => ways::are_all_known(),
            Some((_, until_ns)) => spindle_clock::now_ns() >= until_ns,
        }
    }

    fn take_figures(&mut self) -> Option<Change> {
        let now = Figures::take(&self.control);
        if let Some((before, _)) = self.before {
            return Some(Change(before, now));
        }
        let until_ns = spindle_clock::now_ns().saturating_add(self.order.seconds.saturating_mul(NS_PER_S));
        self.before = Some((now, until_ns));
        self.stage = Stage::Come;
        steady::begin();
        IS_LOADED.store(true, Ordering::Release);
        None
    }

    fn go_on(&mut self, here: usize) {
        if self.is_late() {
            self.stage = Stage::Rest;
            TURNS.iter().for_each(|turns| turns.store(0, Ordering::Relaxed));
            IS_LOADED.store(false, Ordering::Release);
            return;
        }
        self.stage = Stage::Come;
        let next = dice::roll(here, cores::count() as u64) as usize;
        CORE.store(next, Ordering::Release);
    }

    fn tell(&self, change: &Change) {
        let Order { seed, seconds, .. } = self.order;
        let account = steady::account();
        let worst_us =
            spindle_clock::ticks_to_ns(account.worst_ticks, spindle_clock::frequency_hz()) / NS_PER_US;
        let (failures, reloads) = (ways::failures(), self.loads.saturating_sub(1));
        let wrong = account.wrong + ways::misread();
        let (raises, posts, lost) = (account.raises, account.posts, account.lost);
        let share = account.turns * 100 / account.due.max(1);
        // As in `tell`.
        let _ = writeln!(self.console, "chaos: ways: {Tally}");
        let _ = writeln!(self.console, "chaos: figures: {change}");
        let _ =
            writeln!(self.console, "chaos: steady had {share} % of its turns, nine tenths ({})", share >= 90);
        let _ = writeln!(
            self.console,
            "chaos: seed {seed}, {seconds} s: {failures} failures, {reloads} reloads ({} delayed), steady {raises} raises, \
             {posts} posts, worst {worst_us} us, {wrong} wrong, {lost} lost",
            self.delays
        );
    }
}

/// Whether all cores have had their turns, and all that was posted has arrived or never will.
fn is_at_rest() -> bool {
    let online = || cores::online().map(|core| TURNS[core.index()].load(Ordering::Relaxed));
    let fewest = online().min().unwrap_or(0);
    fewest >= UNTIL_LOST || (fewest >= UNTIL_QUIET && steady::is_quiet())
}

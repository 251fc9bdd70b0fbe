//! On which core an asynchronous handler runs.
//!
//! What was raised is waited for turn by turn: the handler that comes last prints the line, since it alone knows.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use spindle_console::Console;
use spindle_event::{Binding, CoreId, Event, Exclusive, InstallError, Placement, cores};

use crate::{OWNER, say};

/// Most cores that take part.
const CORES: usize = 32;
/// How often each event is raised.
const TIMES: u32 = 40;

static PLACED: Event<u32> = Event::new("rulebook-placed", &OWNER);
/// How often the handler ran on each core.
static RAN: [AtomicU32; CORES] = [const { AtomicU32::new(0) }; CORES];
static ALL: AtomicU32 = AtomicU32::new(0);
/// What is installed; only one rule at a time.
static BOUND: Exclusive<Option<Binding>> = Exclusive::new(None);

pub(crate) fn here(console: &Console) -> Result<(), InstallError> {
    show(console, Placement::Here, TIMES, Some(cores::current()))
}

pub(crate) fn given(console: &Console) -> Result<(), InstallError> {
    let last = cores::online().last().unwrap_or(CoreId::FIRST);
    show(console, Placement::Core(last), TIMES, Some(last))
}

pub(crate) fn least(console: &Console) -> Result<(), InstallError> {
    show(console, Placement::LeastLoaded, TIMES, None)
}

pub(crate) fn any(console: &Console) -> Result<(), InstallError> {
    show(console, Placement::AnyCore, TIMES, None)
}

pub(crate) fn each(console: &Console) -> Result<(), InstallError> {
    show(console, Placement::EachCore, TIMES * cores::count() as u32, None)
}

/// Raises so often with a handler at that place, which is to run `all` times, and on `only` if there is one.
fn show(console: &Console, place: Placement, all: u32, only: Option<CoreId>) -> Result<(), InstallError> {
    RAN.iter().chain([&ALL]).for_each(|count| count.store(0, Ordering::Relaxed));
    let console = console.clone();
    let binding = PLACED.owned(&OWNER)?.bind().install_later(place, move |_| {
        RAN[cores::current().index()].fetch_add(1, Ordering::Relaxed);
        // AcqRel: who counts the last one sees where all others ran.
        if ALL.fetch_add(1, Ordering::AcqRel) + 1 == all {
            tell(&console, place, only);
        }
    })?;
    // One that is installed still has run all it was to run, or the line is missing.
    let _ = BOUND.with(|bound| {
        if let Some(old) = bound.replace(binding) {
            old.uninstall_soon();
        }
    });
    (0..TIMES).for_each(|number| PLACED.raise(&number));
    Ok(())
}

fn tell(console: &Console, place: Placement, only: Option<CoreId>) {
    let ran = |core: CoreId| RAN[core.index()].load(Ordering::Relaxed);
    let is_right = match (place, only) {
        (_, Some(only)) => cores::online().all(|core| ran(core) == if core == only { TIMES } else { 0 }),
        (Placement::EachCore, None) => cores::online().all(|core| ran(core) == TIMES),
        (_, None) => cores::online().map(ran).sum::<u32>() == TIMES,
    };
    let what = if is_right { "as often as it should" } else { "wrong" };
    say(console, format_args!("rulebook: {place}: {what}\n"));
}

/// A core that sleeps takes what is for any core, while the raiser does not come to it.
pub(crate) fn idle(console: &Console) -> Result<(), InstallError> {
    taken_by_another(console, Placement::AnyCore)
}

/// A core that sleeps is less loaded than the raiser's.
pub(crate) fn least_idle(console: &Console) -> Result<(), InstallError> {
    taken_by_another(console, Placement::LeastLoaded)
}

/// Comes again and again on its core, so that this has always something to do, until what is for any core has run.
static BUSY: Event<()> = Event::new("rulebook-busy", &OWNER);

pub(crate) fn serve() -> Result<(), InstallError> {
    let _: Binding = BUSY.owned(&OWNER)?.install(|()| {
        if ALL.load(Ordering::Relaxed) < TIMES {
            // One that finds no slot leaves its core idle, which spoils nothing but the rule.
            let _ = BUSY.post(cores::current(), ());
        }
    })?;
    Ok(())
}

/// What is for any core runs although no core is ever idle.
pub(crate) fn busy(console: &Console) -> Result<(), InstallError> {
    show(console, Placement::AnyCore, TIMES, None)?;
    cores::online().for_each(|core| {
        let _ = BUSY.post(core, ());
    });
    Ok(())
}

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Raises once and keeps this core until the handler has run.
fn taken_by_another(console: &Console, place: Placement) -> Result<(), InstallError> {
    let here = cores::current();
    if cores::count() == 1 {
        say(console, format_args!("rulebook: {place}: there is no other core\n"));
        return Ok(());
    }
    TAKEN.store(false, Ordering::Relaxed);
    let owned = PLACED.owned(&OWNER)?;
    let binding = owned.bind().install_later(place, move |_| {
        TAKEN.store(cores::current() != here, Ordering::Release);
    })?;
    while !cores::online().any(|core| core != here && core.is_asleep()) {
        cores::relax();
    }
    PLACED.raise(&0);
    while !TAKEN.load(Ordering::Acquire) {
        cores::relax();
    }
    binding.uninstall_soon();
    say(console, format_args!("rulebook: {place}: taken by another core\n"));
    Ok(())
}

//! Succession: who holds the office next.

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_console::Console;
use spindle_control::{Control, ENDED, Ended, Stage};
use spindle_event::{Binding, CoreId, Event, Exclusive, InstallError};

use crate::{PETITIONER, check, load, say};

/// The next step, on the first core: there the end of a domain is told, too, so one comes after the other.
static NEXT: Event<()> = Event::new("petitions-next", &PETITIONER);

/// One in so many times somebody else is tried first.
const TRIED: u64 = 10;
const CLERKS: [&str; 2] = ["clerk-1", "clerk-2"];

/// How often the office is still to change hands, and has since the start of this extension.
static TO_COME: AtomicU64 = AtomicU64::new(0);
static CHANGES: AtomicU64 = AtomicU64::new(0);
/// How many were not given the office in this run.
static REFUSED: AtomicU64 = AtomicU64::new(0);
/// Where in the countdown somebody else was tried last.
static TRIED_AT: AtomicU64 = AtomicU64::new(0);
/// Name of the domain whose end is awaited.
static AWAITED: Exclusive<Option<&str>> = Exclusive::new(None);

pub(crate) fn serve(control: Control, console: &Console) -> Result<(), InstallError> {
    let console = console.clone();
    let _: Binding = NEXT.owned(&PETITIONER)?.install(move |()| go_on(control, &console))?;
    let _: Binding = ENDED.install(ended)?;
    Ok(())
}

pub(crate) fn begin(count: u64) {
    TO_COME.store(count, Ordering::Relaxed);
    REFUSED.store(0, Ordering::Relaxed);
    TRIED_AT.store(0, Ordering::Relaxed);
    post_next();
}

/// How many were not given the office.
pub(crate) fn refused() -> u64 {
    REFUSED.load(Ordering::Relaxed)
}

fn post_next() {
    check(NEXT.post(CoreId::FIRST, ()).is_ok());
}

fn ended(ended: &Ended) {
    let is_awaited = AWAITED.with(|awaited| awaited.take_if(|name| *name == ended.name()).is_some());
    if is_awaited == Ok(true) {
        post_next();
    }
}

fn go_on(control: Control, console: &Console) {
    let to_come = TO_COME.load(Ordering::Relaxed);
    if to_come == 0 {
        return load::end();
    }
    let changes = CHANGES.load(Ordering::Relaxed);
    let (old, new) = (CLERKS[changes as usize % 2], CLERKS[(changes + 1) as usize % 2]);
    let tried = REFUSED.load(Ordering::Relaxed);
    let awaited = if to_come.is_multiple_of(TRIED) && TRIED_AT.swap(to_come, Ordering::Relaxed) != to_come {
        let bad = if tried.is_multiple_of(2) { "clerk-mute" } else { "clerk-odd" };
        REFUSED.fetch_add(1, Ordering::Relaxed);
        let refused = control.replace(old, bad);
        let is_as_it_should = |stage| stage == if bad == "clerk-mute" { Stage::Init } else { Stage::Replace };
        check(refused.is_err_and(|refused| is_as_it_should(refused.stage)));
        bad
    } else {
        TO_COME.store(to_come - 1, Ordering::Relaxed);
        CHANGES.store(changes + 1, Ordering::Relaxed);
        match control.replace(old, new) {
            Ok(report) => check(report.handlers_on == 4 && report.names == 1),
            Err(refused) => {
                check(false);
                say(console, format_args!("petitions: {refused}\n"));
                return load::end();
            }
        }
        old
    };
    check(AWAITED.with(|place| place.replace(awaited).is_none()) == Ok(true));
}

//! Guests: handlers that come and go, one of each core's own at a time.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use spindle_event::{Binding, Budget, Event, Exclusive, InstallError, Limits, cores};

use crate::account::{DUE, INSTALLS, RAISES, RAN, check};
use crate::{CORES, STORMY};

/// The host may stop a core for as long as it likes, in the middle of a guard too, and that core's clock goes on.
const PATIENT: Limits = Limits { guard: Budget::microseconds(100_000_000), ..Limits::DEFAULT };

static VISIT: Event<u64> = Event::new("storm-visit", &STORMY).with_limits(PATIENT);

/// A handler that came, and what it has seen.
struct Guest {
    binding: Binding,
    seen: Arc<Seen>,
}

/// Shared by a guest and its handler.
struct Seen {
    /// How often it ran on the core that installed it.
    at_home: AtomicU64,
    /// It was waited for until nobody is inside: it may not run any more.
    is_gone: AtomicBool,
}

static GUESTS: [Exclusive<Option<Guest>>; CORES] = [const { Exclusive::new(None) }; CORES];
static HOST: Exclusive<Option<Binding>> = Exclusive::new(None);

pub(crate) fn set_up() -> Result<(), InstallError> {
    let host = VISIT.owned(&STORMY)?.install(|_| RAN.add(1))?;
    check(HOST.with(|place| place.replace(host).is_none()) == Ok(true));
    Ok(())
}

/// Takes all off; true when nothing is left.
pub(crate) fn take_down() -> bool {
    for guest in &GUESTS {
        if let Ok(Some(guest)) = guest.with(Option::take) {
            guest.binding.uninstall_soon();
        }
    }
    if let Ok(Some(host)) = HOST.with(Option::take) {
        host.uninstall_soon();
    }
    VISIT.bindings().is_empty()
}

/// A guest comes where there is none, and goes where there is one.
pub(crate) fn come_or_go(dice: u64) {
    let home = cores::current().index();
    let outcome = GUESTS[home].with(|place| match place.take() {
        Some(guest) => go(guest, dice),
        None => *place = come(home, dice),
    });
    // Each core has its own, and a turn of it is over before the next.
    check(outcome.is_ok());
}

fn come(home: usize, dice: u64) -> Option<Guest> {
    let seen = Arc::new(Seen { at_home: AtomicU64::new(0), is_gone: AtomicBool::new(false) });
    let shared = seen.clone();
    let handler = move |_: &u64| {
        check(!shared.is_gone.load(Ordering::SeqCst));
        if cores::current().index() == home {
            shared.at_home.fetch_add(1, Ordering::Relaxed);
        }
    };
    let owned = VISIT.owned(&STORMY).ok()?;
    let installed = match dice % 4 {
        0 => owned.bind().first().install(handler),
        1 => owned.bind().guard(|number: &u64| *number < u64::MAX).install(handler),
        _ => owned.install(handler),
    };
    check(installed.is_ok());
    INSTALLS.add(1);
    Some(Guest { binding: installed.ok()?, seen })
}

fn go(guest: Guest, dice: u64) {
    let Guest { binding, seen } = guest;
    let was_installed = if dice.is_multiple_of(8) {
        // Of two cores that wait for each other one is refused, and knows nothing then.
        if binding.uninstall().is_ok() {
            seen.is_gone.store(true, Ordering::SeqCst);
        }
        true
    } else {
        binding.uninstall_soon().was_installed()
    };
    check(was_installed && !binding.is_installed());
    let before = seen.at_home.load(Ordering::Relaxed);
    visit(0);
    check(seen.at_home.load(Ordering::Relaxed) == before);
}

/// Raises, and looks whether this core's guest has seen it exactly once.
pub(crate) fn raise(dice: u64) {
    let outcome = GUESTS[cores::current().index()].with(|place| {
        let Some(guest) = place else { return visit(dice) };
        let before = guest.seen.at_home.load(Ordering::Relaxed);
        visit(dice);
        check(guest.seen.at_home.load(Ordering::Relaxed) == before + 1);
    });
    check(outcome.is_ok());
}

fn visit(dice: u64) {
    VISIT.raise(&(dice >> 1));
    RAISES.add(1);
    DUE.add(1);
}

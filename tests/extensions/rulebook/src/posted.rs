//! Waiting for a post.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use spindle_console::Console;
use spindle_event::{Binding, CoreId, Event, InstallError, WaitError, cores};

use crate::{OWNER, say};

/// What a post does: counts, or goes back to where it came from and waits.
enum Letter {
    Count,
    Back(CoreId),
}

static LETTER: Event<Letter> = Event::new("rulebook-letter", &OWNER);
static ARRIVED: AtomicU32 = AtomicU32::new(0);
/// Whether the core that was to wait for its waiter was refused.
static REFUSED: AtomicBool = AtomicBool::new(false);

pub(crate) fn serve() -> Result<(), InstallError> {
    let _: Binding = LETTER.owned(&OWNER)?.install(|letter| match letter {
        Letter::Count => {
            ARRIVED.fetch_add(1, Ordering::Relaxed);
        }
        Letter::Back(from) => {
            let waited = LETTER.post(*from, Letter::Count).map(|posted| posted.wait());
            // Relaxed: who waits for this letter sees it, or was refused itself.
            REFUSED.store(matches!(waited, Ok(Err(WaitError::Circle { .. }))), Ordering::Relaxed);
        }
    })?;
    Ok(())
}

/// A letter to each other core is over when it was waited for, and what it did is seen.
pub(crate) fn waits(console: &Console) -> Result<(), InstallError> {
    ARRIVED.store(0, Ordering::Relaxed);
    let mut over = 0;
    for core in cores::online().filter(|core| *core != cores::current()) {
        let Ok(posted) = LETTER.post(core, Letter::Count) else { continue };
        let is_waited_for = posted.wait().is_ok();
        over += u32::from(is_waited_for && posted.is_done() && ARRIVED.load(Ordering::Relaxed) == over + 1);
    }
    let others = cores::count() - 1;
    say(console, format_args!("rulebook: wait: {over} of {others} letters over\n"));
    Ok(())
}

/// A letter to this core can't be waited for here.
pub(crate) fn same_core(console: &Console) -> Result<(), InstallError> {
    let waited = LETTER.post(cores::current(), Letter::Count).map(|posted| posted.wait());
    say(console, format_args!("rulebook: same core: {waited:?}\n"));
    Ok(())
}

/// Of two cores that would wait for each other, one is refused.
pub(crate) fn circle(console: &Console) -> Result<(), InstallError> {
    let here = cores::current();
    let Some(other) = cores::online().find(|core| *core != here) else {
        say(console, format_args!("rulebook: circle: there is no other core\n"));
        return Ok(());
    };
    REFUSED.store(false, Ordering::Relaxed);
    let Ok(posted) = LETTER.post(other, Letter::Back(here)) else { return Ok(()) };
    let refused_here = posted.wait() == Err(WaitError::Circle { core: other });
    let refused_there = !refused_here && REFUSED.load(Ordering::Relaxed);
    let what = if refused_here || refused_there { "one of the two is refused" } else { "nobody is refused" };
    say(console, format_args!("rulebook: circle: {what}\n"));
    Ok(())
}

//! Later: posts, and handlers that run in a later turn of some core.

use spindle_event::{Binding, Event, Exclusive, InstallError, Placement, cores};

use crate::STORMY;
use crate::account::{CAME, PUT_OFF, RAISES, RAN_LATER, SENT, check};

/// Each carries the number of the core that it came from.
static LETTER: Event<usize> = Event::new("storm-letter", &STORMY);
static CHORE: Event<usize> = Event::new("storm-chore", &STORMY);
static NOTICE: Event<usize> = Event::new("storm-notice", &STORMY);

/// Most that a core has on their way. Fewer than it has slots, by more than those of one notice, its own turn and what is just
/// being run.
const ON_THEIR_WAY: u64 = 300;

static BOUND: Exclusive<Option<[Binding; 3]>> = Exclusive::new(None);

pub(crate) fn set_up() -> Result<(), InstallError> {
    let ran = |from: &usize| RAN_LATER.add_of(*from, 1);
    let letter = LETTER.owned(&STORMY)?.install(|from| CAME.add_of(*from, 1))?;
    let chore = CHORE.owned(&STORMY)?.bind().install_later(Placement::AnyCore, ran)?;
    let notice = NOTICE.owned(&STORMY)?.bind().install_later(Placement::EachCore, ran)?;
    check(BOUND.with(|place| place.replace([letter, chore, notice]).is_none()) == Ok(true));
    Ok(())
}

/// Takes all off; true when nothing is left.
pub(crate) fn take_down() -> bool {
    if let Ok(Some(bound)) = BOUND.with(Option::take) {
        bound.iter().for_each(|binding| {
            binding.uninstall_soon();
        });
    }
    LETTER.bindings().is_empty() && CHORE.bindings().is_empty() && NOTICE.bindings().is_empty()
}

/// Sends something, unless this core has enough on its way.
pub(crate) fn send(dice: u64) {
    let here = cores::current().index();
    let arrived = CAME.of(here) + RAN_LATER.of(here);
    if SENT.of(here) + PUT_OFF.of(here) - arrived >= ON_THEIR_WAY {
        return;
    }
    match dice % 8 {
        0 | 1 => put_off(&CHORE, here, 1),
        2 => put_off(&NOTICE, here, cores::count() as u64),
        _ => post(here, dice / 8),
    }
}

/// Has handlers run later: so many times.
fn put_off(event: &Event<usize>, here: usize, times: u64) {
    PUT_OFF.add(times);
    RAISES.add(1);
    event.raise(&here);
}

/// Posts to some core. There is a slot for it.
fn post(here: usize, dice: u64) {
    let to = cores::online().nth(dice as usize % cores::count());
    SENT.add(1);
    check(to.is_some_and(|core| LETTER.post(core, here).is_ok()));
}

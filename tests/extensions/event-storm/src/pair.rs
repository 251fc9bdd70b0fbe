//! Pair: two events, each with one of two handlers, exchanged for the others in one step.

use core::sync::atomic::{AtomicU64, Ordering};

use spindle_event::{Binding, Event, Exclusive, InstallError, Sum, swap};

use crate::STORMY;
use crate::account::{DUE, RAISES, RAN, SWAPS, check};

static LEFT: Event<(), u64, Sum> = Event::new("storm-left", &STORMY);
static RIGHT: Event<(), u64, Sum> = Event::new("storm-right", &STORMY);

/// What the handler that is always there adds, and those of even and odd.
const ALWAYS: u64 = 1 << 32;
const EVEN: u64 = 1;
const ODD: u64 = 1 << 16;

/// All bindings of the pair.
struct Pair {
    always: [Binding; 2],
    even: [Binding; 2],
    odd: [Binding; 2],
}

static PAIR: Exclusive<Option<Pair>> = Exclusive::new(None);

/// How many swaps have begun, and are done. An odd number of them: the odd handlers are there.
static BEGUN: AtomicU64 = AtomicU64::new(0);
static DONE: AtomicU64 = AtomicU64::new(0);

pub(crate) fn set_up() -> Result<(), InstallError> {
    BEGUN.store(0, Ordering::SeqCst);
    DONE.store(0, Ordering::SeqCst);
    let (left, right) = (LEFT.owned(&STORMY)?, RIGHT.owned(&STORMY)?);
    let always = |()| {
        RAN.add(1);
        ALWAYS
    };
    let pair = Pair {
        always: [left.install(move |_| always(()))?, right.install(move |_| always(()))?],
        even: [left.install(|()| EVEN)?, right.install(|()| EVEN)?],
        odd: [left.bind().create(|()| ODD)?, right.bind().create(|()| ODD)?],
    };
    check(PAIR.with(|place| place.replace(pair).is_none()) == Ok(true));
    Ok(())
}

/// Takes all off; true when nothing is left.
pub(crate) fn take_down() -> bool {
    let pair = PAIR.with(Option::take).ok().flatten();
    let is_here = pair.is_some();
    if let Some(Pair { always, even, odd }) = pair {
        always.iter().chain(&even).chain(&odd).for_each(|binding| {
            binding.uninstall_soon();
        });
    }
    is_here && LEFT.bindings().is_empty() && RIGHT.bindings().is_empty()
}

/// Exchanges the two handlers that are there for the other two, unless another core is at it.
pub(crate) fn exchange() {
    // Somebody else at it is no failure.
    let _ = PAIR.with(|pair| {
        let Some(Pair { even, odd, .. }) = pair else { return };
        let number = BEGUN.fetch_add(1, Ordering::SeqCst);
        let (off, on) = if number.is_multiple_of(2) { (even, odd) } else { (odd, even) };
        check(swap(&[&off[0], &off[1]], &[&on[0], &on[1]]).is_ok());
        DONE.fetch_add(1, Ordering::SeqCst);
        SWAPS.add(1);
    });
}

/// Raises both events, and holds what they saw against the swaps there were meanwhile.
pub(crate) fn raise() {
    let done = DONE.load(Ordering::SeqCst);
    let (left, right) = (LEFT.raise(&()), RIGHT.raise(&()));
    let begun = BEGUN.load(Ordering::SeqCst);
    RAISES.add(2);
    DUE.add(2);
    let parity = |seen: u64| match seen.wrapping_sub(ALWAYS) {
        EVEN => Some(0),
        ODD => Some(1),
        _ => None,
    };
    let (Some(left), Some(right)) = (parity(left), parity(right)) else { return check(false) };
    let before = done % 2;
    check(match begun - done {
        0 => left == before && right == before,
        // One swap at most took effect: in front of both, between them or behind.
        1 => left == before || right == left,
        _ => true,
    });
}

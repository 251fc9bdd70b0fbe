//! What changes of an event's bindings cost: install, uninstall, swap.
//!
//! Each change makes a new table and retires the old one, which this core's run loop frees in a later turn: that is not counted.
//! So nothing that a change frees is there to be taken again by the next one, and now and then a change has to fetch fresh
//! memory for the heap, which the others do not: hence a spread.

use bench_probes::{KEYED, NUMBER, PROBE, Setup};
use spindle_console::Console;
use spindle_event::{Binding, Event, InstallError, Pattern, swap};

use super::set_up;
use crate::figure::Figure;
use crate::{OWNER, report, report_ratio};

const FEW: usize = 10;
const MANY: usize = 1000;
/// Changes in one run.
const CHANGES: u64 = 20;
/// A number that no handler of a [`Setup`] is meant for.
const UNCLAIMED: u64 = 1_000_000;

static ONE: Event<u64> = Event::new("bench-swap-one", &OWNER);
static OTHER: Event<u64> = Event::new("bench-swap-other", &OWNER);

pub(super) fn run(console: &Console) -> Option<()> {
    let row = |id, operation, figure| report(console, id, operation, figure, None);
    let plain = |unguarded| counted(Setup { unguarded, ..Setup::default() }, install_plain);
    let keyed = |equal| counted(Setup { equal: equal as u32, ..Setup::default() }, install_keyed);
    let ((few, off_few), (many, off_many)) = (plain(FEW)?, plain(MANY)?);
    row("events/install_10", "install of one more unguarded handler with ten present", few);
    row("events/install_1000", "install of one more unguarded handler with a thousand present", many);
    let ((keyed_few, _), (keyed_many, _)) = (keyed(FEW)?, keyed(MANY)?);
    row("events/install_keyed_10", "install of one more handler on a key with ten present", keyed_few);
    row(
        "events/install_keyed_1000",
        "install of one more handler on a key with a thousand present",
        keyed_many,
    );
    let worse = many.times(few).or_worse(keyed_many.times(keyed_few));
    let operation = "install with a thousand present over the same with ten, the worse of the two kinds";
    report_ratio(console, "events/install_flat", operation, worse, 300);
    row("events/uninstall", "uninstall of an unguarded handler with ten others, not waited for", off_few);
    row("events/uninstall_1000", "uninstall of an unguarded handler with a thousand others", off_many);
    row("events/swap", "swap of one binding for another at each of two events", swapped()?);
    Some(())
}

type Install = fn() -> Result<Binding, InstallError>;

fn install_plain() -> Result<Binding, InstallError> {
    PROBE.install(|_| ())
}

fn install_keyed() -> Result<Binding, InstallError> {
    KEYED.bind().when(&NUMBER, Pattern::equal(UNCLAIMED)).install(|_| ())
}

/// What it costs to install one handler more than there are by `setup`, and to uninstall it.
fn counted(setup: Setup, install: Install) -> Option<(Figure, Figure)> {
    set_up(setup)?;
    let mut missed = 0;
    let on = Figure::of_steps(CHANGES, || (), |()| install(), |made| missed += u64::from(!take_off(&made)));
    // The binding itself is dropped behind what is counted.
    let off = Figure::of_steps(
        CHANGES,
        install,
        |made| (take_off(&made), made),
        |(is_off, _)| missed += u64::from(!is_off),
    );
    // A change that is refused is cheaper than one that is made: the figures would flatter.
    (missed == 0).then_some((on, off))
}

/// Whether there was something to take off.
fn take_off(made: &Result<Binding, InstallError>) -> bool {
    made.as_ref().is_ok_and(|binding| binding.uninstall_soon().was_installed())
}

/// At each event one binding is off and one is on, and the two change places.
fn swapped() -> Option<Figure> {
    let pair = |event: &'static Event<u64>| {
        let owned = event.owned(&OWNER).ok()?;
        Some((owned.install(|_| ()).ok()?, owned.bind().create(|_| ()).ok()?))
    };
    let ((one, one_off), (other, other_off)) = (pair(&ONE)?, pair(&OTHER)?);
    let (mut on, mut off) = ([&one, &other], [&one_off, &other_off]);
    let mut missed = 0;
    let figure = Figure::of_steps(
        CHANGES,
        || (),
        |()| {
            let is_done = swap(&on, &off).is_ok();
            core::mem::swap(&mut on, &mut off);
            is_done
        },
        |is_done| missed += u64::from(!is_done),
    );
    let is_right =
        on.iter().all(|binding| binding.is_installed()) && !off.iter().any(|binding| binding.is_installed());
    for binding in on {
        binding.uninstall_soon();
    }
    (missed == 0 && is_right).then_some(figure)
}

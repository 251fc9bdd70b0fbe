//! Start: what happens from the first instruction of the kernel proper to the run loop, in order.
//!
//! The first core does [`first_core`], top to bottom; each other core does `other_core`. What goes wrong before there are
//! extensions ends the machine with a message; what goes wrong with one extension is reported, and the start goes on.

mod devices;
mod extensions;
mod layout;

use crate::{
    authority, containment, control, dispatcher, domain, interrupt, log, lookout, nameserver, report,
    scarcity, uptime,
};
use core::fmt;
use spindle_event::CoreId;
use spindle_event::mailbox::{self, Arrivals};
use spindle_machine::boot::{FirstCore, ThisCore};
use spindle_machine::exception::{self, Upcalls};
use spindle_machine::{early, power};
use spindle_sync::this_core;

/// How many posts of one core can be on their way at once: enough to go on sending for a while to a core that is busy. A slot
/// takes less than a hundred bytes.
const SLOTS: usize = 512;

/// Exit status when the kernel could not start.
const STATUS_NO_START: u32 = 1;

/// The first core's way from the machine's entry to its run loop.
///
/// # Context
/// The image's entry calls it: EL1, interrupts masked, no heap.
pub fn first_core(first: FirstCore) -> ! {
    let FirstCore { info, core, authority } = first;
    authority::keep(authority);
    uptime::begin();
    dispatcher::arrive();
    exception::register(Upcalls {
        interrupt: interrupt::take,
        fault: report::fault,
        cleaned_up: containment::cleaned_up,
    });

    let board = layout::read(&info);
    let archive = layout::set_up_memory(&board);
    layout::follow_arguments(&board);
    devices::power(&board);
    devices::interrupt_controller(&board);
    devices::clock(&board);
    lookout::serve();
    let arrivals = open_mailbox();
    devices::other_cores(&board, other_core);
    devices::console(&board);
    domain::begin();
    nameserver::serve();
    control::serve();
    containment::serve();
    scarcity::serve();
    log::note(format_args!(
        "{}, entered at EL{}, {} cores",
        board.model,
        info.entry_level,
        board.cores.len()
    ));

    devices::wait_for_other_cores();
    extensions::load_all(archive);
    devices::listen(&board);
    log::note(format_args!("started, the counter at {} us", uptime::counter_us()));
    dispatcher::run(core, arrivals)
}

/// Each other core's way from its first instruction to its run loop.
fn other_core(core: ThisCore) -> ! {
    if let Err(error) = interrupt::set_up_core() {
        log::warn(format_args!("core {}: {error}", core.index));
        dispatcher::stand_aside(core);
    }
    dispatcher::arrive();
    if let Err(error) = devices::clock_of_this_core() {
        log::warn(format_args!("core {}: timer: {error}", core.index));
    }
    let arrivals = open_mailbox();
    dispatcher::run(core, arrivals)
}

/// Opens this core's mailbox: from here on it takes posts.
fn open_mailbox() -> Arrivals {
    let Some(core) = CoreId::new(this_core::index()) else {
        give_up(format_args!("core {} is beyond what this kernel handles", this_core::index()))
    };
    match mailbox::open(authority::authority(), core, SLOTS) {
        Ok(arrivals) => arrivals,
        Err(error) => give_up(format_args!("{error}")),
    }
}

/// Says why the kernel cannot start and ends the machine.
fn give_up(why: fmt::Arguments<'_>) -> ! {
    use fmt::Write;
    // The early console does not fail.
    let _ = writeln!(early::Early, "spindle cannot start: {why}");
    power::exit(STATUS_NO_START)
}

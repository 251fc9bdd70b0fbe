//! The middle steps of the start: from the board's description to devices that work, and to the other cores.

use super::{give_up, layout::physical};
use crate::{clock, console, interrupt, log, port, roster, strand};
use spindle_board::{Board, Conduit, InterruptController, StartMethod};
use spindle_gic::{Gic, GicError, IntId, Trigger};
use spindle_machine::address::{PhysAddr, PhysRange};
use spindle_machine::boot::ThisCore;
use spindle_machine::mmio::{self, DeviceRegion};
use spindle_machine::{cores, power, timer};
use spindle_sync::{Once, this_core};
use spindle_uart::Pl011;

/// How long the first core waits for the others, in milliseconds.
const PATIENCE_MS: u64 = 500;
const MS_PER_SECOND: u64 = 1_000;

/// The timer's interrupt, which is the same on every core.
static TIMER_LINE: Once<IntId> = Once::INIT;

/// Remembers how the board is turned off.
pub(super) fn power(board: &Board) {
    if let Some(conduit) = board.power_off.psci {
        power::set_conduit(conduit_of(conduit));
    }
    if let Some(registers) = board.power_off.watchdog {
        match mmio::claim(physical(registers)) {
            Ok(region) => power::set_watchdog(region),
            Err(error) => log::warn(format_args!("watchdog: {error}")),
        }
    }
}

/// Takes over the interrupt controller and sets this core up.
pub(super) fn interrupt_controller(board: &Board) {
    let gic = match &board.interrupt_controller {
        InterruptController::V2 { distributor, cpu_interface } => {
            Gic::v2(claim(physical(*distributor)), claim(physical(*cpu_interface)))
        }
        InterruptController::V3 { distributor, redistributors } => Gic::v3(
            claim(physical(*distributor)),
            redistributors.iter().map(|region| claim(physical(*region))),
        ),
    };
    match gic {
        Ok(gic) => interrupt::set_controller(gic),
        Err(error) => give_up(format_args!("interrupt controller: {error}")),
    }
    if let Err(error) = interrupt::set_up_core() {
        give_up(format_args!("interrupt controller: {error}"));
    }
}

/// Registers that the kernel cannot do without.
fn claim(range: PhysRange) -> DeviceRegion {
    match mmio::claim(range) {
        Ok(region) => region,
        Err(error) => give_up(format_args!("{error}")),
    }
}

/// Enters all cores in the roster, this one first, and has the others begin at `main`.
pub(super) fn other_cores(board: &Board, main: fn(ThisCore) -> !) {
    let this = cores::mpidr();
    roster::enter(this);
    if board.cores_left_out > 0 {
        log::warn(format_args!("{} more cores are left alone", board.cores_left_out));
    }
    for core in board.cores.iter().filter(|core| core.mpidr != this) {
        let Some(id) = roster::enter(core.mpidr) else {
            log::warn(format_args!("core with affinity {:#x} is one too many", core.mpidr));
            continue;
        };
        let Some(method) = method_of(core.start, board.psci) else {
            roster::refuse(id);
            log::warn(format_args!("core {id} is left alone: the board does not say how it is started"));
            continue;
        };
        if let Err(error) = cores::start(id.index(), core.mpidr, method, main) {
            roster::refuse(id);
            log::warn(format_args!("core {id} did not start: {error}"));
        }
    }
}

/// Waits until the other cores run, so that what is loaded at boot finds them. Says who did not come; one that comes later all
/// the same is as good as any other.
pub(super) fn wait_for_other_cores() {
    let patience_ticks = timer::frequency_hz() * PATIENCE_MS / MS_PER_SECOND;
    let give_up_at = timer::now_ticks().saturating_add(patience_ticks);
    while roster::missing().next().is_some() && timer::now_ticks() < give_up_at {
        this_core::relax();
    }
    for (core, affinity) in roster::missing() {
        log::warn(format_args!(
            "core {core} did not start: asked as {affinity:#x}, it has not come for {PATIENCE_MS} ms"
        ));
    }
}

/// Has the timer's interrupt served, on this core first.
pub(super) fn clock(board: &Board) {
    let line = IntId::try_from(board.virtual_timer.int_id).ok();
    let Some(line) = line else {
        return log::warn(format_args!("timer: no interrupt {}", board.virtual_timer.int_id));
    };
    TIMER_LINE.call_once(|| line);
    crate::timer::serve(line);
    interrupt::attach(line, &clock::TIMER);
    report("timer", clock_of_this_core());
    report("clock", clock::serve());
    report("strands", strand::serve());
}

/// Lets this core's timer interrupt it.
///
/// # Errors
/// [`GicError`], when the controller has no such line.
pub(super) fn clock_of_this_core() -> Result<(), GicError> {
    timer::disarm();
    TIMER_LINE.get().map_or(Ok(()), |line| interrupt::enable(*line, Trigger::Level))
}

fn report(what: &str, outcome: Result<(), impl core::fmt::Display>) {
    if let Err(error) = outcome {
        log::warn(format_args!("{what}: {error}"));
    }
}

fn method_of(start: StartMethod, psci: Option<Conduit>) -> Option<cores::StartMethod> {
    match start {
        StartMethod::Psci => psci.map(|conduit| cores::StartMethod::Psci(conduit_of(conduit))),
        StartMethod::SpinTable { release_address } => {
            Some(cores::StartMethod::SpinTable { release: PhysAddr(release_address) })
        }
        StartMethod::Unspecified => None,
    }
}

const fn conduit_of(conduit: Conduit) -> cores::Conduit {
    match conduit {
        Conduit::Hvc => cores::Conduit::Hvc,
        Conduit::Smc => cores::Conduit::Smc,
    }
}

/// Takes the console's UART over. Without a driver the early console goes on.
pub(super) fn console(board: &Board) {
    match mmio::claim(physical(board.console.registers)) {
        Ok(region) => match Pl011::take_over(region) {
            Ok(port) => port::set(port),
            Err(error) => log::warn(format_args!("console: {error}")),
        },
        Err(error) => log::warn(format_args!("console: {error}")),
    }
    report("console", console::serve());
}

/// Has what is typed raised on this core.
pub(super) fn listen(board: &Board) {
    let line = board.console.interrupt;
    match IntId::try_from(line.int_id) {
        Ok(int_id) => {
            interrupt::attach(int_id, &console::UART);
            report("console", interrupt::enable(int_id, trigger_of(line.trigger)));
            console::listen();
        }
        Err(_) => log::warn(format_args!("console: no interrupt {}", line.int_id)),
    }
}

const fn trigger_of(trigger: spindle_board::Trigger) -> Trigger {
    match trigger {
        spindle_board::Trigger::Edge => Trigger::Edge,
        spindle_board::Trigger::Level => Trigger::Level,
    }
}

//! The interrupt controller's promises, on whichever controller the machine has.
//!
//! Four of them are what a driver for GICv2 had wrong once: an SPI is routed, a priority spares its neighbours, an SGI of another
//! core is recognised, an SGI to all others spares its sender. On the machine with security extensions we are their non-secure
//! side, and all of it has to hold there too.

use crate::cores::wait_for;
use crate::setting::{Setting, range_of};
use crate::suite::{Outcome, Test, check};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use spindle_board::InterruptController;
use spindle_gic::{CpuInterface, Gic, IntId, Priority, SgiTarget};
use spindle_machine::exception::{self, Interrupted, Upcalls};
use spindle_machine::{cores, mmio, power, timer};
use spindle_sync::{MAX_CORES, Once, this_core};

pub(crate) const TESTS: &[Test] = &[
    ("interrupts::the_controller_is_taken_over", take_over),
    ("interrupts::an_sgi_to_oneself_arrives", sgi_to_self),
    ("interrupts::an_sgi_of_another_core_is_recognised", sgi_from_another),
    ("interrupts::an_sgi_to_all_others_spares_the_sender", sgi_to_all_others),
    ("interrupts::a_priority_spares_its_neighbours", priorities_are_apart),
    ("interrupts::an_active_interrupt_waits_for_its_deactivation", active_waits),
    ("interrupts::the_timer_interrupts_the_core_that_set_it", timer_on_each_core),
    ("interrupts::what_is_withdrawn_is_no_interrupt", withdrawn),
    ("interrupts::an_spi_reaches_the_core_it_is_routed_to", spi_is_routed),
];

/// Numbers below which arrivals are counted: SGIs, PPIs and the SPIs of these boards.
const NUMBERS: usize = 256;
/// What a further core is told to do.
const NOTHING: u32 = 0;
const SEND_TO_FIRST: u32 = 1;
const SEND_TO_ALL: u32 = 2;
const SET_TIMER: u32 = 3;
const ANSWER: u32 = 4;

static GIC: Once<Gic> = Once::new();
static INTERFACES: [Once<CpuInterface>; MAX_CORES] = [const { Once::new() }; MAX_CORES];
static ARRIVED: [[AtomicU32; NUMBERS]; MAX_CORES] =
    [const { [const { AtomicU32::new(0) }; NUMBERS] }; MAX_CORES];
static COMMANDS: [AtomicU32; MAX_CORES] = [const { AtomicU32::new(NOTHING) }; MAX_CORES];
static TIMER: AtomicU32 = AtomicU32::new(0);

fn arrived(core: usize, int_id: IntId) -> u32 {
    ARRIVED[core][int_id.raw_value() as usize % NUMBERS].load(Ordering::Acquire)
}

/// The vector: counts and completes.
fn interrupt(_: &mut Interrupted<'_>) {
    let core = this_core::index();
    let Some(interface) = INTERFACES[core].get() else { return };
    while let Some(acknowledged) = interface.acknowledge() {
        let number = acknowledged.int_id().raw_value();
        if number == TIMER.load(Ordering::Relaxed) {
            timer::disarm();
        }
        if number >= 32 {
            silence_uart();
        }
        ARRIVED[core][number as usize % NUMBERS].fetch_add(1, Ordering::Release);
        interface.complete(acknowledged);
    }
}

/// Sets up the calling core's part.
fn set_up(core: usize) -> Result<(), alloc::string::String> {
    let gic = GIC.get().ok_or("the controller is missing")?;
    let interface = gic.init_core(core, cores::mpidr()).map_err(|error| error.to_string())?;
    for number in 0..8 {
        interface.enable(IntId::sgi(number)).map_err(|error| error.to_string())?;
    }
    let timer = IntId::try_from(TIMER.load(Ordering::Acquire)).map_err(|_| "the timer has no number")?;
    interface.enable(timer).map_err(|error| error.to_string())?;
    INTERFACES[core].call_once(|| interface);
    Ok(())
}

/// What a further core does: as it is told, for ever.
pub(crate) fn serve(core: usize) -> ! {
    while GIC.get().is_none() || TIMER.load(Ordering::Acquire) == 0 {
        this_core::relax();
    }
    let is_ready = set_up(core).is_ok();
    exception::irqs_unmask();
    loop {
        match COMMANDS[core].load(Ordering::Acquire) {
            NOTHING => {
                this_core::relax();
                continue;
            }
            SEND_TO_FIRST => send(core, IntId::sgi(3), SgiTarget::Core(0)),
            SEND_TO_ALL => send(core, IntId::sgi(4), SgiTarget::AllOthers),
            SET_TIMER => timer::set_deadline(timer::now_ticks() + 1000),
            _ => {}
        }
        if is_ready {
            COMMANDS[core].store(NOTHING, Ordering::Release);
        }
    }
}

fn send(core: usize, int_id: IntId, target: SgiTarget) {
    if let Some(interface) = INTERFACES[core].get() {
        // Not sent is not arrived: the test sees it.
        let _ = interface.send_sgi(int_id, target);
    }
}

/// Has `core` do `command` and waits until it has.
fn tell(core: usize, command: u32) -> Outcome {
    COMMANDS[core].store(command, Ordering::Release);
    let done = wait_for(|| COMMANDS[core].load(Ordering::Acquire) == NOTHING);
    check!(done, "core {core} does not answer");
    Ok(())
}

fn first() -> Result<&'static CpuInterface, alloc::string::String> {
    INTERFACES[0].get().ok_or_else(|| "core 0 has no interface".to_string())
}

fn take_over(setting: &mut Setting) -> Outcome {
    let claim = |range| mmio::claim(range_of(&range)).map_err(|error| error.to_string());
    let gic = match &setting.board.interrupt_controller {
        InterruptController::V2 { distributor, cpu_interface } => {
            Gic::v2(claim(*distributor)?, claim(*cpu_interface)?)
        }
        InterruptController::V3 { distributor, redistributors } => {
            let frames = redistributors.iter().map(|range| claim(*range)).collect::<Result<Vec<_>, _>>()?;
            Gic::v3(claim(*distributor)?, frames)
        }
    };
    let gic = gic.map_err(|error| error.to_string())?;
    GIC.call_once(|| gic);
    exception::register(Upcalls { interrupt, fault: |_| fail(), cleaned_up: |_, _| fail() });
    TIMER.store(setting.board.virtual_timer.int_id, Ordering::Release);
    set_up(0)?;
    exception::irqs_unmask();
    for core in 1..setting.board.cores.len() {
        tell(core, ANSWER)?;
    }
    Ok(())
}

fn sgi_to_self(_: &mut Setting) -> Outcome {
    for number in 0..8 {
        let int_id = IntId::sgi(number);
        let before = arrived(0, int_id);
        first()?.send_sgi(int_id, SgiTarget::Core(0)).map_err(|error| error.to_string())?;
        let came = wait_for(|| arrived(0, int_id) == before + 1);
        check!(came, "SGI {number} to oneself does not arrive");
    }
    Ok(())
}

fn sgi_from_another(setting: &mut Setting) -> Outcome {
    for core in 1..setting.board.cores.len() {
        let before = arrived(0, IntId::sgi(3));
        tell(core, SEND_TO_FIRST)?;
        let came = wait_for(|| arrived(0, IntId::sgi(3)) == before + 1);
        check!(came, "SGI 3 of core {core} does not arrive as SGI 3");
    }
    Ok(())
}

fn sgi_to_all_others(setting: &mut Setting) -> Outcome {
    let count = setting.board.cores.len();
    for sender in 0..count {
        let before: Vec<u32> = (0..count).map(|core| arrived(core, IntId::sgi(4))).collect();
        match sender {
            0 => first()?.send_sgi(IntId::sgi(4), SgiTarget::AllOthers).map_err(|error| error.to_string())?,
            _ => tell(sender, SEND_TO_ALL)?,
        }
        for core in (0..count).filter(|core| *core != sender) {
            let came = wait_for(|| arrived(core, IntId::sgi(4)) == before[core] + 1);
            check!(came, "core {core} gets nothing of core {sender}");
        }
        let own = arrived(sender, IntId::sgi(4));
        check!(own == before[sender], "core {sender} interrupts itself");
    }
    Ok(())
}

/// SGIs 0 to 3 share one register. What is pending comes in the order of priorities, which a neighbour's setting must not change.
fn priorities_are_apart(_: &mut Setting) -> Outcome {
    let interface = first()?;
    let set = |number, priority| {
        interface.set_priority(IntId::sgi(number), priority).map_err(|error| error.to_string())
    };
    exception::irqs_mask();
    set(0, Priority::LAZY)?;
    set(1, Priority::NORMAL)?;
    set(2, Priority::LAZY)?;
    set(3, Priority::URGENT)?;
    for number in 0..4 {
        interface.send_sgi(IntId::sgi(number), SgiTarget::Core(0)).map_err(|error| error.to_string())?;
    }
    let mut order = Vec::new();
    wait_for(|| {
        while let Some(acknowledged) = interface.acknowledge() {
            order.push(acknowledged.int_id().raw_value());
            interface.complete(acknowledged);
        }
        order.len() == 4
    });
    for number in 0..4 {
        set(number, Priority::NORMAL)?;
    }
    exception::irqs_unmask();
    check!(order == [3, 1, 0, 2], "priorities low, normal, low, high are taken in the order {order:?}");
    Ok(())
}

fn active_waits(_: &mut Setting) -> Outcome {
    let interface = first()?;
    let int_id = IntId::sgi(2);
    let send = || interface.send_sgi(int_id, SgiTarget::Core(0)).map_err(|error| error.to_string());
    exception::irqs_mask();
    send()?;
    let mut held = None;
    wait_for(|| {
        held = interface.acknowledge();
        held.is_some()
    });
    let active = held.ok_or("the SGI does not arrive")?;
    interface.drop_priority(&active);
    send()?;
    let early = interface.acknowledge().map(|early| interface.complete(early));
    interface.deactivate(active);
    let mut late = None;
    wait_for(|| {
        late = interface.acknowledge();
        late.is_some()
    });
    let has_come = late.map(|late| interface.complete(late));
    exception::irqs_unmask();
    check!(early.is_none(), "the interrupt came again while it was active");
    check!(has_come.is_some(), "what became pending while it was active is lost");
    Ok(())
}

fn timer_on_each_core(setting: &mut Setting) -> Outcome {
    let int_id =
        IntId::try_from(setting.board.virtual_timer.int_id).map_err(|_| "the timer has no number")?;
    for core in 0..setting.board.cores.len() {
        let before: Vec<u32> = (0..setting.board.cores.len()).map(|core| arrived(core, int_id)).collect();
        match core {
            0 => timer::set_deadline(timer::now_ticks() + 1000),
            _ => tell(core, SET_TIMER)?,
        }
        let came = wait_for(|| arrived(core, int_id) == before[core] + 1);
        check!(came, "the timer of core {core} does not interrupt it");
        let astray =
            (0..before.len()).find(|other| *other != core && arrived(*other, int_id) != before[*other]);
        check!(astray.is_none(), "the timer of core {core} interrupts core {astray:?}");
    }
    Ok(())
}

/// The timer's line is lowered before its interrupt is taken: nothing is acknowledged, so there is nothing to end, and the next one
/// comes as if there had been none.
fn withdrawn(setting: &mut Setting) -> Outcome {
    let interface = first()?;
    let line = IntId::try_from(setting.board.virtual_timer.int_id).map_err(|_| "the timer has no number")?;
    exception::irqs_mask();
    let mut taken = Vec::new();
    for is_withdrawn in [false, true, false] {
        let deadline = timer::now_ticks();
        timer::set_deadline(deadline);
        wait_for(|| timer::now_ticks() > deadline + 1000);
        if is_withdrawn {
            timer::disarm();
        }
        let acknowledged = interface.acknowledge();
        timer::disarm();
        taken.push(acknowledged.as_ref().map(|acknowledged| acknowledged.int_id()));
        if let Some(acknowledged) = acknowledged {
            interface.complete(acknowledged);
        }
    }
    exception::irqs_unmask();
    check!(taken == [Some(line), None, Some(line)], "one of three is withdrawn, and {taken:?} are taken");
    Ok(())
}

fn silence_uart() {
    if let Some(uart) = UART_REGISTERS.get() {
        uart.set_transmit_interrupt(false);
    }
}

/// The console's UART as a source of SPIs.
struct Uart(usize);

static UART_REGISTERS: Once<Uart> = Once::new();

impl Uart {
    /// Masks or unmasks the transmit interrupt (DDI 0183, 3.3.10: UARTIMSC bit 5) and clears it (3.3.13: UARTICR).
    fn set_transmit_interrupt(&self, is_on: bool) {
        let write = |offset: usize, value: u32| {
            // SAFETY: the address is that of a PL011's register, mapped for ever.
            unsafe { ((self.0 + offset) as *mut u32).write_volatile(value) };
        };
        write(0x38, if is_on { 1 << 5 } else { 0 });
        if !is_on {
            write(0x44, 1 << 5);
        }
    }

    /// Sends a byte that no line of a report minds, after which the transmit interrupt is pending.
    fn send(&self) {
        // SAFETY: as above; the data register (3.3.1).
        unsafe { (self.0 as *mut u32).write_volatile(u32::from(b'\r')) };
    }
}

fn spi_is_routed(setting: &mut Setting) -> Outcome {
    let region = setting.take_console()?;
    UART_REGISTERS.call_once(|| Uart(region.base().as_ptr() as usize));
    let uart = UART_REGISTERS.get().ok_or("no UART")?;
    let int_id =
        IntId::try_from(setting.board.console.interrupt.int_id).map_err(|_| "the UART has no number")?;
    let interface = first()?;
    let count = setting.board.cores.len();
    for core in 0..count {
        let before: Vec<u32> = (0..count).map(|core| arrived(core, int_id)).collect();
        interface.route_spi(int_id, core).map_err(|error| error.to_string())?;
        interface.enable(int_id).map_err(|error| error.to_string())?;
        uart.send();
        uart.set_transmit_interrupt(true);
        let came = wait_for(|| arrived(core, int_id) > before[core]);
        interface.disable(int_id).map_err(|error| error.to_string())?;
        check!(came, "SPI {} does not reach core {core}", int_id.raw_value());
        let astray = (0..count).find(|other| *other != core && arrived(*other, int_id) != before[*other]);
        check!(astray.is_none(), "routed to core {core}, it reaches core {astray:?}");
    }
    let unknown = interface.route_spi(int_id, MAX_CORES);
    check!(unknown.is_err(), "an SPI can be routed to a core that is not there");
    let message = unknown.err().map(|error| format!("{error}")).unwrap_or_default();
    check!(message.contains(&MAX_CORES.to_string()), "the error does not name the core: {message}");
    Ok(())
}

/// What must not happen has.
fn fail() -> ! {
    power::exit(spindle_protocol::STATUS_FAILED)
}

//! miscreant: the domain whose handlers fail. It has on `DEED` what it is asked for by `ARRANGE`.
//!
//! A handler that comes to its end gives a hundred. Those that are to be ended have a budget that is short enough for a test and
//! long enough to be inside of what they do.
#![no_std]

extern crate alloc;

mod deeds;
mod errands;

use alloc::vec::Vec;

use miscreant_trial::{ARRANGE, CHORE, DEED, Misdeed};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, Budget, CoreId, Exclusive, InstallError, Owner, Placement, cores};

extension! { name: "miscreant", init: init }

/// Owns the events of this extension.
pub(crate) static MISCREANT: Owner = Owner::new();

/// What a handler of `DEED` gives that comes to its end.
pub(crate) const DONE: u64 = 100;
/// How long one may take that is to be ended.
const SHORT: Budget = Budget::microseconds(200);
/// What nothing here needs, the telling of a panic included.
const LONG: Budget = Budget::microseconds(100_000_000);

/// What is installed now.
static INSTALLED: Exclusive<Vec<Binding>> = Exclusive::new(Vec::new());

fn init(_me: &Identity) -> InitResult {
    let console = Console::open()?;
    errands::serve()?;
    let _: Binding = ARRANGE.install(move |misdeed| {
        let arranged = INSTALLED.with(|installed| arrange(installed, *misdeed, &console).is_ok());
        arranged.unwrap_or(false)
    })?;
    Ok(())
}

fn arrange(installed: &mut Vec<Binding>, misdeed: Misdeed, console: &Console) -> Result<(), InstallError> {
    for binding in installed.drain(..) {
        binding.uninstall_soon();
    }
    errands::hold(misdeed == Misdeed::Wait);
    if matches!(misdeed, Misdeed::Delegate | Misdeed::Relapse | Misdeed::Hounded) {
        installed.push(CHORE.bind().budget(LONG).install(errands::delegate)?);
    }
    if let Some(binding) = install(misdeed, console)? {
        installed.push(binding);
    }
    Ok(())
}

fn install(misdeed: Misdeed, console: &Console) -> Result<Option<Binding>, InstallError> {
    let (short, long) = (|| DEED.bind().budget(SHORT), || DEED.bind().budget(LONG));
    let console = console.clone();
    let binding = match misdeed {
        Misdeed::Nothing => return Ok(None),
        Misdeed::Loop => short().install(|_| deeds::go_round(u64::MAX)),
        Misdeed::Write => short().install(move |_| deeds::write(&console)),
        Misdeed::Format => short().install(|number| deeds::format(*number)),
        Misdeed::Relax => short().install(|_| deeds::relax()),
        Misdeed::Wait => short().install(|_| errands::wait()),
        Misdeed::Later => short().install_later(Placement::Core(last_core()), |_| deeds::go_round(u64::MAX)),
        Misdeed::Panic => long().install(|_| panic!("asked to")),
        Misdeed::Bounds => long().install(|_| deeds::bounds()),
        Misdeed::Unwrap => long().install(|_| deeds::nobody()),
        Misdeed::Babble => short().install(|_| panic!("{}", deeds::Endless)),
        Misdeed::GuardLoop => DEED.bind().guard(deeds::goes_round).install(|_| DONE),
        Misdeed::GuardFormat => DEED.bind().guard(deeds::formats).install(|_| DONE),
        Misdeed::GuardPanic => DEED.bind().guard(deeds::panics).install(|_| DONE),
        Misdeed::Guarded => DEED.bind().guard(deeds::agrees).install(|_| panic!("asked to, behind a guard")),
        Misdeed::Delegate => short().install(errands::delegates),
        Misdeed::Relapse => short().install(errands::relapses),
        Misdeed::Hounded => long().install(errands::is_hounded),
    };
    binding.map(Some)
}

/// The core with the highest number.
pub(crate) fn last_core() -> CoreId {
    cores::online().last().unwrap_or(CoreId::FIRST)
}

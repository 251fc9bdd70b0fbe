//! Laps: a post that goes from core to core, round after round, so that each has had so many turns when it is through.

use spindle_event::{Binding, CoreId, Event, InstallError, cores};

use crate::trouble::Trouble;
use crate::{OWNER, cycle};

static LAP: Event<Lap> = Event::new("churn-lap", &OWNER);

/// Rounds after which all that was retired has been freed: a batch of it takes two turns of each core, and what is freed may
/// retire more, a few times over.
pub(crate) const UNTIL_QUIET: u32 = 64;

/// Rounds that are still to come.
struct Lap(u32);

pub(crate) fn serve() -> Result<(), InstallError> {
    let _: Binding = LAP.owned(&OWNER)?.install(|lap| {
        if let Err(trouble) = go_on(lap.0) {
            cycle::fail(&trouble);
        }
    })?;
    Ok(())
}

/// Has the cycle go on after so many rounds.
pub(crate) fn begin(rounds: u32) -> Result<(), Trouble> {
    post(CoreId::FIRST, rounds)
}

fn go_on(rounds: u32) -> Result<(), Trouble> {
    let here = cores::current();
    match cores::online().find(|core| *core > here) {
        Some(next) => post(next, rounds),
        None if rounds == 0 => cycle::go_on(),
        None => post(CoreId::FIRST, rounds - 1),
    }
}

fn post(core: CoreId, rounds: u32) -> Result<(), Trouble> {
    LAP.post(core, Lap(rounds)).map(drop).map_err(|_| Trouble::Post(core))
}

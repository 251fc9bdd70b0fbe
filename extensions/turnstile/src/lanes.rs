//! Lanes: who lets visitors in, by day and by night.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use spindle_console::Console;
use spindle_event::{Binding, Claim, InstallError, Pattern, SwapError, swap};

use crate::hall::{self, LANE, PASS, Permit};
use crate::visitor::Visitor;

/// When the lanes are looked after by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Lanes 1 to 3.
    Day,
    /// A porter at lane 1.
    Night,
}

/// A text that is no shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoShift {
    /// The text.
    pub text: String,
}

impl fmt::Display for NoShift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither `day` nor `night`", self.text)
    }
}

impl core::error::Error for NoShift {}

impl FromStr for Shift {
    type Err = NoShift;

    fn from_str(text: &str) -> Result<Self, NoShift> {
        match text.trim() {
            "day" => Ok(Self::Day),
            "night" => Ok(Self::Night),
            _ => Err(NoShift { text: text.into() }),
        }
    }
}

/// The handlers of each shift.
pub(crate) struct Lanes {
    day: Vec<Binding>,
    night: Vec<Binding>,
}

impl Lanes {
    /// Makes the handlers. No raise reaches one before its shift begins.
    pub(crate) fn new(console: &Console) -> Result<Self, InstallError> {
        let day =
            (1..=3).map(|lane| attend(hall::permit(lane), |_| hall::enter())).collect::<Result<_, _>>()?;
        let console = console.clone();
        let porter = attend(hall::permit(1), move |visitor| {
            let _ = writeln!(console, "turnstile: the porter looks at {}", visitor.name);
            hall::enter()
        })?;
        Ok(Self { day, night: [porter].into() })
    }

    /// Begins a shift, in one step: no visitor, on any core, meets lanes of both.
    pub(crate) fn change(&self, shift: Shift) -> Result<(), SwapError> {
        let (off, on) = match shift {
            Shift::Day => (&self.night, &self.day),
            Shift::Night => (&self.day, &self.night),
        };
        let (off, on): (Vec<&Binding>, Vec<&Binding>) = (off.iter().collect(), on.iter().collect());
        // Nothing goes away with the handlers that are off, so nobody waits until the last has left them.
        swap(&off, &on).map(drop)
    }
}

/// Creates the handler of a lane.
fn attend(
    permit: Permit,
    decide: impl Fn(&Visitor) -> hall::Answer + Send + Sync + 'static,
) -> Result<Binding, InstallError> {
    let lane = Pattern::equal(permit.lane());
    PASS.bind().when(&LANE, lane).offer(permit).create(move |visitor| Claim::Claimed(decide(visitor)))
}

#[cfg(test)]
mod tests {
    use super::{NoShift, Shift};

    #[test]
    fn a_shift_is_day_or_night() {
        assert_eq!(" day ".parse(), Ok(Shift::Day));
        assert_eq!("night".parse(), Ok(Shift::Night));
        assert_eq!("noon".parse::<Shift>(), Err(NoShift { text: "noon".into() }));
    }
}

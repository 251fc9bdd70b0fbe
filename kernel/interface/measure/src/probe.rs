//! Events with no purpose but to be measured: the raiser in one domain, the handlers in another.
//!
//! A benchmark's raiser asks by [`SETUP`] for handlers; whoever plays the other domain installs them on [`PROBE`].

use spindle_event::{Event, Owner, Sum};

/// Owns what is declared here.
static BENCH: Owner = Owner::new();

/// What is raised and counted. The argument is what a guard may look at.
pub static PROBE: Event<u64> = Event::new("probe", &BENCH).open_to_all();

/// Asks the other domain to put exactly these handlers on [`PROBE`]. The result is how many there are then.
pub static SETUP: Event<Setup, usize, Sum> = Event::new("probe-setup", &BENCH).open_to_all();

/// Which handlers a measurement needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Handlers without a guard.
    pub unguarded: usize,
    /// Handlers whose guard says no to every argument.
    pub refusing: usize,
}

//! Guests: the extensions that come and go, and the ways in which they do.

use alloc::string::String;
use alloc::vec::Vec;

use spindle_control::{Control, Quotas, UnloadError};
use spindle_domain::{Domain, DomainError, Identity, Source};
use spindle_nameserver::import_domain;

use crate::trouble::Trouble;

/// The five, the publisher before the one that is linked to it. Each opens its event by its own name.
pub(crate) const GUESTS: [&str; 5] = ["miller", "baker", "sorter", SPREADER, "ticker"];
/// The one that posts to all cores.
pub(crate) const SPREADER: &str = "spreader";

const MILLER: usize = 0;
const BAKER: usize = 1;

/// What the guests are linked to, when that is done step by step.
const PUBLIC: &str = "/svc/domains/SpinPublic";

/// In how many ways the guests are loaded.
pub(crate) const WAYS: u64 = 3;

/// Those who come and go, and who of them is there.
pub(crate) struct Guests {
    me: Identity,
    control: Control,
    public: Domain,
    extra: Option<String>,
    /// Whose unload has not begun.
    stays: [bool; GUESTS.len() + 1],
}

impl Guests {
    pub(crate) fn new(me: &Identity, control: Control, extra: Option<String>) -> Result<Self, Trouble> {
        let public = import_domain(me, PUBLIC).map_err(Trouble::Name)?;
        Ok(Self { me: me.clone(), control, public, extra, stays: [false; GUESTS.len() + 1] })
    }

    /// How many come and go.
    pub(crate) fn count(&self) -> usize {
        GUESTS.len() + usize::from(self.extra.is_some())
    }

    /// Loads all, in the way of this cycle.
    pub(crate) fn come(&mut self, cycle: u64) -> Result<(), Trouble> {
        match cycle % WAYS {
            0 => self.load(&GUESTS.join(","), None)?,
            1 => {
                self.load("ticker", None)?;
                self.load("miller", None)?;
                self.load("spreader", None)?;
                self.load("baker", Some("SpinPublic,miller"))?;
                self.load("sorter", None)?;
            }
            _ => self.link().map_err(Trouble::Domain)?,
        }
        if let Some(extra) = &self.extra {
            self.load(extra, None)?;
        }
        self.stays = [true; GUESTS.len() + 1];
        self.stays[GUESTS.len()] = self.extra.is_some();
        Ok(())
    }

    fn load(&self, names: &str, with: Option<&str>) -> Result<(), Trouble> {
        self.control.load(names, with, Quotas::default()).map(drop).map_err(Trouble::Load)
    }

    /// Makes, links and initialises domains step by step.
    fn link(&self) -> Result<(), DomainError> {
        let create = |name| Domain::create(&self.me, Source::Archive(name));
        let made = GUESTS.into_iter().map(create).collect::<Result<Vec<Domain>, DomainError>>()?;
        made.iter().try_for_each(|guest| guest.resolve(&self.public).map(drop))?;
        made[BAKER].resolve(&made[MILLER])?;
        made.iter().try_for_each(Domain::initialise)
    }

    /// Begins to unload those who stay, in the order of this cycle. The miller takes the baker along every other time;
    /// otherwise it can go only when the baker has, at a later call.
    pub(crate) fn go(&mut self, cycle: u64) -> Result<(), Trouble> {
        let all = self.stays.len();
        for at in 0..all {
            let guest = (at + cycle as usize) % all;
            if !self.stays[guest] {
                continue;
            }
            let name = GUESTS.get(guest).copied().or(self.extra.as_deref()).unwrap_or_default();
            match self.control.unload(name, cycle.is_multiple_of(2)) {
                Ok(ids) => {
                    self.stays[guest] = false;
                    // Alone the baker takes nobody along.
                    self.stays[BAKER] &= !(guest == MILLER && ids.len() > 1);
                }
                // The baker is about to end.
                Err(UnloadError::InUse { .. } | UnloadError::Ending { .. }) if guest == MILLER => {}
                Err(error) => return Err(Trouble::Unload(error)),
            }
        }
        Ok(())
    }
}

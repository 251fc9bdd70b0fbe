//! What the kernel does for schedulers.

use spindle_event::CoreId;
use spindle_sync::{Authority, Once};

use crate::candidate::Promise;
use crate::failure::OfficeError;

/// Somebody who stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The number by which it is told and asked.
    pub number: u64,
    /// What it is called.
    pub name: &'a str,
    /// Where its code lies.
    pub code: usize,
    /// How long it keeps others waiting.
    pub promise: Promise,
}

/// What the kernel does; each is said where it is called, at [`Candidate`](crate::Candidate).
#[expect(missing_docs, reason = "each is documented where it is called")]
pub trait Offices: Sync {
    fn stand(&self, standing: Standing<'_>) -> Result<(), OfficeError>;
    fn withdraw(&self, candidate: u64);
    fn appoint(&self, candidate: u64, core: Option<CoreId>) -> Result<(), OfficeError>;
    fn resign(&self, candidate: u64, core: Option<CoreId>);
}

static SERVED: Once<&'static dyn Offices> = Once::INIT;

/// Serves schedulers. Kernel only; the first call counts.
pub fn serve(_: &Authority, offices: &'static dyn Offices) {
    SERVED.call_once(|| offices);
}

pub(crate) fn offices() -> Option<&'static dyn Offices> {
    SERVED.get().copied()
}

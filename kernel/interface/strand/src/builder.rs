//! Builder: what a strand has, and how it begins.

use core::num::NonZeroUsize;

use spindle_event::CoreId;
use spindle_sync::Errand;

use crate::failure::StrandError;
use crate::me::Me;
use crate::priority::Priority;
use crate::service::{Body, Plan, strands};
use crate::strand::Strand;

/// What a strand is to have, as it is said before it begins.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing begins before `start`"]
pub struct Builder {
    plan: Plan,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { plan: Plan::USUAL }
    }

    /// What it is called where strands are shown.
    pub fn name(mut self, name: &'static str) -> Self {
        self.plan.name = name;
        self
    }

    /// Its priority.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.plan.priority = priority;
        self
    }

    /// It runs on that core and no other.
    pub fn on(mut self, core: CoreId) -> Self {
        self.plan.bind(core);
        self
    }

    /// Its stack has at least so many bytes. What it calls of the kernel needs some of them.
    pub fn stack_bytes(mut self, bytes: usize) -> Self {
        self.plan.stack_bytes = NonZeroUsize::new(bytes.max(1));
        self
    }

    /// Begins it: it runs `body`, and ends with that.
    ///
    /// # Errors
    /// [`StrandError`]; `body` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn start<F>(self, body: F) -> Result<Strand, StrandError>
    where
        F: FnOnce(&mut Me) + Send + 'static,
    {
        let strands = strands().ok_or(StrandError::NotServed)?;
        strands.start(self.plan, Body::new(Errand::new(body)))
    }
}

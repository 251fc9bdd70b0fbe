//! What the kernel does for strands.

use core::fmt;
use core::num::NonZeroUsize;

use spindle_event::{Binding, CoreId, InstallError};
use spindle_sync::{Authority, Errand, MAX_CORES, Once};

use crate::STRANDS;
use crate::events::{BLOCK, UNBLOCK};
use crate::failure::StrandError;
use crate::me::{Me, Wakeup};
use crate::priority::Priority;
use crate::strand::{State, Strand};

/// What a strand is to have. Four words, so that it is moved by as many instructions and not by a call.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What it is called.
    pub name: &'static str,
    /// The least that its stack has.
    pub stack_bytes: Option<NonZeroUsize>,
    /// Its priority.
    pub priority: Priority,
    core: Option<u8>,
}

const _: () = assert!(size_of::<Plan>() == 4 * size_of::<usize>() && MAX_CORES <= 1 << u8::BITS);

impl Plan {
    /// What strands have if nobody says otherwise.
    pub(crate) const USUAL: Self =
        Self { name: "", stack_bytes: None, priority: Priority::NORMAL, core: None };

    /// It may run on no other core.
    pub(crate) fn bind(&mut self, core: CoreId) {
        self.core = Some(core.index() as u8);
    }

    /// The only core it may run on.
    #[inline]
    pub fn core(&self) -> Option<CoreId> {
        CoreId::new(usize::from(self.core?))
    }
}

/// What a strand runs.
pub struct Body(Errand<Me>);

impl Body {
    #[inline]
    pub(crate) fn new(run: Errand<Me>) -> Self {
        Self(run)
    }

    /// Where its code lies: whose strand it is.
    #[inline]
    pub fn code(&self) -> usize {
        self.0.code()
    }

    /// Runs it.
    #[inline]
    pub fn run(self, _: &Authority, me: &mut Me) {
        self.0.run(me);
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body at {:#x}", self.code())
    }
}

/// What the kernel does. Each function is called outside of interrupt context, those that leave the core by a strand at its own level;
/// what they do is said where they are called, at [`Strand`] and [`Me`].
#[expect(missing_docs, reason = "each is documented where it is called")]
pub trait Strands: Sync {
    fn start(&self, plan: Plan, body: Body) -> Result<Strand, StrandError>;
    fn current(&self) -> Option<Strand>;
    fn block(&self);
    fn block_until(&self, deadline_ns: u64) -> Wakeup;
    fn yield_now(&self);
    fn is_ending(&self) -> bool;
    fn is_given_up(&self) -> bool;
    fn wait_for_end(&self, strand: Strand) -> Result<(), StrandError>;
    fn host(&self, strand: Strand) -> Result<(), StrandError>;
    fn admit(&self, strand: Strand);
    fn withhold(&self, strand: Strand);
    fn end(&self, strand: Strand) -> Result<(), StrandError>;
    fn state(&self, strand: Strand) -> State;
    fn priority(&self, strand: Strand) -> Result<Priority, StrandError>;
    fn set_priority(&self, strand: Strand, priority: Priority) -> Result<(), StrandError>;
}

static SERVED: Once<&'static dyn Strands> = Once::INIT;
static HANDLERS: Once<[Binding; 2]> = Once::INIT;

/// Serves strands. Kernel only; the first call counts.
pub fn serve(_: &Authority, strands: &'static dyn Strands) {
    SERVED.call_once(|| strands);
}

/// Has the global scheduler handle [`BLOCK`] and [`UNBLOCK`] of strands that no other scheduler has. Kernel only, once.
///
/// # Errors
/// [`InstallError`] when that is done already.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn serve_events(
    _: &Authority,
    block: impl Fn(&Strand) + Send + Sync + 'static,
    unblock: impl Fn(&Strand) + Send + Sync + 'static,
) -> Result<(), InstallError> {
    let handlers =
        [BLOCK.owned(&STRANDS)?.install_default(block)?, UNBLOCK.owned(&STRANDS)?.install_default(unblock)?];
    HANDLERS.call_once(|| handlers);
    Ok(())
}

#[inline(always)]
pub(crate) fn strands() -> Option<&'static dyn Strands> {
    SERVED.get().copied()
}

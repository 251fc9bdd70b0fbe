//! Keeper: what is above the strands and they call all the same, as it is said at the start.

use alloc::string::String;
use spindle_domain::DomainId;
use spindle_sync::Once;

static KEEPER: Once<Keeper> = Once::INIT;

/// What strands call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeper {
    /// Gives up the strand that runs here, whose code is that domain's, with its destructors.
    pub(crate) give_up: fn(DomainId) -> !,
    /// Whether something is being given up on this core.
    pub(crate) is_giving_up: fn() -> bool,
    /// What a domain is called.
    pub(crate) name: fn(DomainId) -> Option<String>,
    /// A domain was at fault, and is ended if it has asked for that.
    pub(crate) fell: fn(DomainId, &str),
}

/// Says what strands call. The first call counts.
pub(crate) fn set_keeper(keeper: Keeper) {
    KEEPER.call_once(|| keeper);
}

/// Gives up the strand that runs here.
pub(super) fn give_up(owner: DomainId) -> ! {
    match KEEPER.get() {
        Some(keeper) => (keeper.give_up)(owner),
        None => panic!("a strand is to end before anything is contained"),
    }
}

/// Whether something is being given up on this core.
pub(super) fn is_giving_up() -> bool {
    KEEPER.get().is_some_and(|keeper| (keeper.is_giving_up)())
}

/// What a domain is called.
pub(super) fn name(domain: DomainId) -> Option<String> {
    (KEEPER.get()?.name)(domain)
}

/// A domain was at fault: `why`.
pub(super) fn fell(domain: DomainId, why: &str) {
    if let Some(keeper) = KEEPER.get() {
        (keeper.fell)(domain, why);
    }
}

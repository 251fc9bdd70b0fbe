//! Way: how the extension fails.

use core::fmt;
use core::str::FromStr;

/// How the extension fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It panics.
    Panic,
    /// It panics six frames deep, each with something to destroy.
    Deep,
    /// It panics, and then in a destructor.
    Destructor,
    Bounds,
    Division,
    Loop,
    GuardLoop,
    GuardPanic,
    Recursion,
    HugeFrame,
    Hoard,
    Bindings,
    Posts,
    Strands,
    Wait,
    /// A load from nowhere.
    Abort,
    /// A call of what is no code.
    WildCall,
    /// A return to what is no code, in a handler with a budget.
    WildReturn,
    /// A load from nowhere with interrupts masked, as if a lock were held.
    MaskedAbort,
    /// A panic with interrupts masked.
    MaskedPanic,
    /// A loop with interrupts masked, on the last core.
    MaskedLoop,
    /// The same, while this core has something to do for seven seconds.
    MaskedLoopUnslept,
    /// A loop on the second core, which lets interrupts in.
    BusyLoop,
    /// A loop on the last core, in a handler without a budget.
    Runaway,
    /// The same, with something of the kernel's in each round.
    RunawayWait,
    /// Something that it has posted to the last core is never destroyed to its end.
    PostedLoop,
    /// It calls the kernel with next to nothing left of its stack.
    Brink,
    /// It takes three seconds, and does come back.
    Nap,
    /// An interrupt that nobody has asked for.
    StrayInterrupt,
    /// A call of whoever is above the kernel, which answers with a system error.
    SystemError,
    /// Its value's destructor fails when the domain ends.
    AtUnload,
    /// Its value's destructor goes on for ever when the domain ends.
    LoopAtUnload,
    /// Each raise takes nearly all of the budget.
    Drip,
    /// In a function that the kernel has called.
    Callback,
    /// It panics while it holds a lock.
    Lock,
    /// It does not come to its end while it holds one.
    LockLoop,
    /// A load from nowhere while it holds two.
    LockAbort,
}

/// All ways, with their names.
const NAMES: [(&str, Way); 37] = [
    ("panic", Way::Panic),
    ("deep", Way::Deep),
    ("destructor", Way::Destructor),
    ("bounds", Way::Bounds),
    ("division", Way::Division),
    ("loop", Way::Loop),
    ("guard-loop", Way::GuardLoop),
    ("guard-panic", Way::GuardPanic),
    ("recursion", Way::Recursion),
    ("huge-frame", Way::HugeFrame),
    ("hoard", Way::Hoard),
    ("bindings", Way::Bindings),
    ("posts", Way::Posts),
    ("strands", Way::Strands),
    ("wait", Way::Wait),
    ("abort", Way::Abort),
    ("wild-call", Way::WildCall),
    ("wild-return", Way::WildReturn),
    ("masked-abort", Way::MaskedAbort),
    ("masked-panic", Way::MaskedPanic),
    ("masked-loop", Way::MaskedLoop),
    ("masked-loop-unslept", Way::MaskedLoopUnslept),
    ("busy-loop", Way::BusyLoop),
    ("runaway", Way::Runaway),
    ("runaway-wait", Way::RunawayWait),
    ("posted-loop", Way::PostedLoop),
    ("brink", Way::Brink),
    ("nap", Way::Nap),
    ("stray-interrupt", Way::StrayInterrupt),
    ("system-error", Way::SystemError),
    ("at-unload", Way::AtUnload),
    ("loop-at-unload", Way::LoopAtUnload),
    ("drip", Way::Drip),
    ("callback", Way::Callback),
    ("lock", Way::Lock),
    ("lock-loop", Way::LockLoop),
    ("lock-abort", Way::LockAbort),
];

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, way)| way == self).map_or("?", |(name, _)| name);
        f.write_str(name)
    }
}

/// No way to fail is called so.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown;

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ways are")?;
        NAMES.iter().try_for_each(|(name, _)| write!(f, " {name}"))
    }
}

impl FromStr for Way {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let text = text.trim();
        NAMES.iter().find(|(name, _)| *name == text).map(|(_, way)| *way).ok_or(Unknown)
    }
}

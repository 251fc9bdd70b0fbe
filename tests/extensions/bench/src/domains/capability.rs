//! What a use of a capability costs over one of a plain reference.
//!
//! Another domain has issued it, so the compiler knows nothing of it here; where reference and capability lie is hidden in the
//! same way. Both read a count, and that they read it is checked by what is read.

use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use bench_probes::LEND;
use spindle_capability::Capability;
use spindle_console::Console;

use crate::figure::{Figure, OPERATIONS};
use crate::report;

/// What is referred to: the same as the other domain lends.
static OWN: AtomicU64 = AtomicU64::new(1);

pub(super) fn run(console: &Console) -> Option<()> {
    let capability: Capability<AtomicU64> = LEND.raise(&()).ok()?.typed().ok()?;
    let one = capability.with(|count| count.load(Ordering::Relaxed)).ok()?;
    let reference = &OWN;
    let (mut read, mut lent) = (0, 0);
    let plain = Figure::of(|| read += black_box(&reference).load(Ordering::Relaxed));
    let used = Figure::of(|| {
        // A use that is refused is cheaper than one that is not: the figure would flatter.
        if let Ok(count) = black_box(&capability).with(|count| count.load(Ordering::Relaxed)) {
            lent += count;
        }
    });
    let operation = "use of a capability that another domain issued, over that of a plain reference";
    report(console, "domains/capability_use", operation, used.over(plain), Some(4));
    (one == 1 && read == OPERATIONS && lent == OPERATIONS).then_some(())
}

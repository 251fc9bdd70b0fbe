//! Bee: a strand that waits for tokens and takes them.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_clock::now_ns;
use spindle_strand::{Me, Priority, State, Strand, StrandError};

use crate::random::Random;

/// What a bee was given, and what it has taken.
#[derive(Default)]
pub(crate) struct Tokens {
    given: AtomicU64,
    taken: AtomicU64,
}

/// A strand and its tokens.
pub(crate) struct Bee {
    pub(crate) strand: Strand,
    tokens: Arc<Tokens>,
}

impl Bee {
    /// Begins one whose ways are those of `seed`.
    pub(crate) fn begin(seed: u64) -> Result<Self, StrandError> {
        let tokens = Arc::<Tokens>::default();
        let own = tokens.clone();
        let priority = Priority::new(8 + (seed % 16) as u8).unwrap_or_default();
        let builder = Strand::build().name("bee").priority(priority).stack_bytes(8 << 10);
        let strand = builder.start(move |me| fly(me, &own, Random::new(seed)))?;
        Ok(Self { strand, tokens })
    }

    /// Gives it a token, and wakes it.
    pub(crate) fn give(&self) {
        // Release: pairs with the acquire of who takes it, also where the wake-up comes by another way.
        self.tokens.given.fetch_add(1, Ordering::Release);
        self.strand.unblock();
    }

    /// How many tokens it has not taken, if it lives.
    pub(crate) fn left(&self) -> u64 {
        if self.strand.state() == State::Ended {
            return 0;
        }
        let taken = self.tokens.taken.load(Ordering::Acquire);
        self.tokens.given.load(Ordering::Acquire).saturating_sub(taken)
    }

    /// How many it has taken.
    pub(crate) fn taken(&self) -> u64 {
        self.tokens.taken.load(Ordering::Acquire)
    }
}

fn fly(me: &mut Me, tokens: &Tokens, mut random: Random) {
    loop {
        let taken = tokens.taken.load(Ordering::Relaxed);
        if tokens.given.load(Ordering::Acquire) == taken {
            match random.below(8) {
                // It looks again when it is woken, and may be woken by its time as well.
                0 => {
                    let _ = me.block_until(now_ns() + 1_000_000);
                }
                _ => me.block(),
            }
            continue;
        }
        tokens.taken.store(taken + 1, Ordering::Release);
        match random.below(16) {
            0 => me.yield_now(),
            1 => (0..random.below(2000)).for_each(|_| core::hint::spin_loop()),
            2 => me.sleep_until(now_ns() + 100_000),
            _ => {}
        }
    }
}

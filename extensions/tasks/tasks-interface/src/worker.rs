//! Worker: the strand that polls the tasks of an executor.

use spindle_strand::Me;

use crate::executor::Executor;
use crate::signals::{BITS, Signals};
use crate::table::Table;

/// So often those of a word are polled that are ready again, before the next word has its turn.
const TURNS: u32 = 64;
/// After so many rounds without a rest others of its priority have their turn.
const ROUNDS: u32 = 2;

/// Polls what is ready, for as long as the executor is open.
pub(crate) fn work(me: &mut Me, executor: &Executor) {
    let signals = &*executor.signals;
    let mut table = Table::open(executor);
    signals.staff(me.strand());
    let mut left = ROUNDS;
    while !executor.is_closed() {
        while round(signals, &mut table) {
            left -= 1;
            if left == 0 {
                me.yield_now();
                break;
            }
        }
        if left > 0 {
            rest(me, executor);
        }
        left = ROUNDS;
    }
}

/// Polls those that are ready; whether there was any.
#[inline(always)]
fn round(signals: &Signals, table: &mut Table<'_>) -> bool {
    let mut is_any = false;
    for (number, word) in signals.words().iter().enumerate() {
        for _ in 0..TURNS {
            let mut ready = Signals::take(word);
            if ready == 0 {
                break;
            }
            is_any = true;
            while ready != 0 {
                let slot = number * BITS + ready.trailing_zeros() as usize;
                ready &= ready - 1;
                table.turn(slot);
            }
        }
    }
    table.rest();
    is_any
}

/// Blocks until somebody is ready.
#[cold]
#[inline(never)]
fn rest(me: &mut Me, executor: &Executor) {
    // Whoever closes the executor unblocks it, or is seen here.
    if executor.signals.may_sleep() && !executor.is_closed() {
        me.block();
    }
    executor.signals.slept();
}

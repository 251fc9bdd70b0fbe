//! Packaging: strands with a package of their own, which keeps what goes with them, or says who of them runs.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use spindle_domain::Mutex;
use spindle_event::cores;
use spindle_strand::{Me, Moment, State, Strand, StrandError};

use crate::Claims;

const TURNS: u64 = 50;
const MS: u64 = 1_000_000;

/// Two strands of one core share a register that belongs to neither: what one has put there is there when it goes on.
pub(crate) fn package(me: &mut Me, claims: &Claims) {
    let register = Arc::new(AtomicU64::new(0));
    let (wrong, switches) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let begin = |own: u64| -> Result<Strand, StrandError> {
        let (register, wrong) = (register.clone(), wrong.clone());
        let begun = Strand::build().name("packaged").on(cores::current()).start(move |me| {
            me.block();
            register.store(own, Ordering::Relaxed);
            for turn in 0..TURNS {
                match turn % 3 {
                    0 => me.sleep_until(spindle_clock::now_ns() + MS),
                    _ => me.yield_now(),
                }
                if register.load(Ordering::Relaxed) != own {
                    wrong.fetch_add(1, Ordering::Relaxed);
                }
            }
        })?;
        Ok(begun)
    };
    let keep = |strand: &Strand| -> Result<(), StrandError> {
        let saved = Arc::new(AtomicU64::new(0));
        let (kept, there, counts) = (saved.clone(), register.clone(), switches.clone());
        strand.on(Moment::Resume, move |_| {
            there.store(kept.load(Ordering::Relaxed), Ordering::Relaxed);
            counts.fetch_add(1, Ordering::Relaxed);
        })?;
        let there = register.clone();
        // Nobody's value, so that a strand whose package is not called is found out.
        strand.on(Moment::Checkpoint, move |_| {
            saved.store(there.swap(u64::MAX, Ordering::Relaxed), Ordering::Relaxed)
        })?;
        Ok(())
    };
    let strands: Vec<Strand> = [7, 8].into_iter().filter_map(|own| begin(own).ok()).collect();
    // Their first time is over before their package is there.
    me.sleep_until(spindle_clock::now_ns() + MS);
    let are_kept = strands.iter().all(|strand| keep(strand).is_ok());
    strands.iter().for_each(Strand::unblock);
    for strand in &strands {
        let _ = me.wait_for_end(strand);
    }
    claims.claim("both have a package", strands.len() == 2 && are_kept);
    claims.claim("each found what it had left there", wrong.load(Ordering::Relaxed) == 0);
    // One for each turn, and the first.
    let resumes = switches.load(Ordering::Relaxed);
    claims.claim("the package was called for each time on a core", resumes >= 2 * TURNS);
    let late = strands.first().map(|strand| strand.on(Moment::Resume, |_| ()).err());
    let has_ended = matches!(late, Some(Some(StrandError::Ended { .. })));
    claims.claim("one that has ended takes no package", has_ended);
}

/// Who of the ruled can run, and who does.
#[derive(Default)]
struct Ruled {
    ready: VecDeque<Strand>,
    running: Option<Strand>,
}

/// A scheduler of some strands, over the kernel's: one of them runs at a time, and whoever was unblocked last waits longest.
#[derive(Clone)]
struct Ruler(Arc<Mutex<Ruled>>);

impl Ruler {
    fn rule(&self, strand: &Strand) -> Result<(), StrandError> {
        let (ready, left) = (self.clone(), self.clone());
        strand.on(Moment::Unblock, move |strand| ready.ready(*strand))?;
        strand.on(Moment::Checkpoint, move |strand| left.left(*strand))?;
        Ok(())
    }

    fn ready(&self, strand: Strand) {
        let _ = self.0.with(|ruled| ruled.ready.push_back(strand));
        self.go_on();
    }

    fn left(&self, strand: Strand) {
        if matches!(strand.state(), State::Blocked | State::Ended) {
            let _ = self.0.with(|ruled| {
                if ruled.running == Some(strand) {
                    ruled.running = None;
                }
            });
            self.go_on();
        }
    }

    /// Hands the next one to the kernel's scheduler, if none of them runs.
    fn go_on(&self) {
        let next = self.0.with(|ruled| {
            if ruled.running.is_some() {
                return None;
            }
            ruled.running = ruled.ready.pop_front();
            ruled.running
        });
        if let Ok(Some(next)) = next {
            next.admit();
        }
    }
}

/// Three strands that could all run do so one after the other, as their own scheduler has it.
pub(crate) fn ruled(me: &mut Me, claims: &Claims) {
    let (ruler, order) = (Ruler(Arc::new(Mutex::new(Ruled::default()))), Arc::new(Mutex::new(Vec::new())));
    let own = me.strand();
    let mut strands = Vec::new();
    for number in 0..3_u32 {
        let order = order.clone();
        let begun = Strand::build().name("ruled").on(cores::current()).start(move |me| {
            for _ in 0..4 {
                me.block();
                let _ = order.with(|order| order.push(number));
                // The others do not run meanwhile, although they could.
                me.yield_now();
                let _ = order.with(|order| order.push(number));
            }
            own.unblock();
        });
        strands.extend(begun.ok());
    }
    me.sleep_until(spindle_clock::now_ns() + MS);
    let are_ruled = strands.iter().all(|strand| ruler.rule(strand).is_ok());
    for _ in 0..4 {
        strands.iter().rev().for_each(Strand::unblock);
        me.sleep_until(spindle_clock::now_ns() + 5 * MS);
    }
    for strand in &strands {
        let _ = me.wait_for_end(strand);
    }
    let order = order.with(|order| order.clone()).unwrap_or_default();
    let is_so = order.chunks(6).all(|round| round == [2, 2, 1, 1, 0, 0]) && order.len() == 24;
    claims.claim(format!("all are ruled, and ran as {order:?}"), are_ruled && is_so);
}

//! Rota: schedulers that take each other's offices while the swarm flies, good ones and bad ones.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;

use spindle_domain::Mutex;
use spindle_event::{CoreId, cores};
use spindle_scheduler::{Candidate, Departure, OfficeError, Promise, Scheduler, Turn};
use spindle_strand::Strand;

use crate::random::Random;

const SLICE_NS: u64 = 1_000_000;
const LONGEST_WAIT_NS: u64 = 10_000_000_000;

/// Who stands, and how often an office changed hands.
pub(crate) struct Rota {
    good: Vec<Candidate>,
    rogue: Option<Candidate>,
    pub(crate) changes: u64,
}

impl Rota {
    pub(crate) fn new() -> Result<Self, OfficeError> {
        let good = [stand(0)?, stand(1)?];
        Ok(Self { good: good.into(), rogue: None, changes: 0 })
    }

    /// Somebody gets the office of some core, or of all, or gives it back. Now and then it is one who names `stranger`, who is not to be
    /// named.
    pub(crate) fn turn(&mut self, random: &mut Random, stranger: Strand) -> Result<(), OfficeError> {
        let all: Vec<CoreId> = cores::online().collect();
        let core = all.get(random.below(all.len() + 1)).copied();
        self.changes += 1;
        match random.below(8) {
            0 => {
                let name = format!("swarm-rogue-{}", self.changes);
                let rogue = Candidate::stand(&name, Promise::TickEach, Rogue(stranger))?;
                rogue.take(core)?;
                // It stays until the next turn: by then it has fallen, unless there was nobody to name.
                if let Some(before) = self.rogue.replace(rogue) {
                    before.withdraw();
                }
            }
            at => {
                let Some(candidate) = self.good.get(at % 2) else { return Ok(()) };
                if at > 5 {
                    candidate.resign(core);
                } else if let Err(OfficeError::Fallen { .. }) = candidate.take(core) {
                    // A core that the host does not let run has it fall, although it does nothing wrong.
                    self.good.swap_remove(at % 2).withdraw();
                    self.good.insert(at % 2, stand(at % 2)?);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn end(self) {
        self.good.into_iter().chain(self.rogue).for_each(Candidate::withdraw);
    }
}

/// One of the two good ones.
fn stand(which: usize) -> Result<Candidate, OfficeError> {
    let (name, order) = [("swarm-first", Order::FirstFirst), ("swarm-both", Order::Both)][which % 2];
    Candidate::stand(name, Promise::Longest(LONGEST_WAIT_NS), Queues::new(order))
}

/// Who is named.
#[derive(Clone, Copy)]
enum Order {
    /// Who came first.
    FirstFirst,
    /// By turns who came first and who came last.
    Both,
}

/// A queue for each core.
struct Queues {
    order: Order,
    cores: Vec<Mutex<(u64, VecDeque<Strand>)>>,
}

impl Queues {
    fn new(order: Order) -> Self {
        let last = cores::online().map(CoreId::index).max().unwrap_or(0);
        Self { order, cores: (0..=last).map(|_| Mutex::new((0, VecDeque::new()))).collect() }
    }

    fn with<R: Send>(
        &self,
        core: CoreId,
        work: impl FnOnce(&mut (u64, VecDeque<Strand>)) -> R + Send,
    ) -> Option<R> {
        self.cores.get(core.index())?.with(work).ok()
    }
}

impl Scheduler for Queues {
    fn begins(&self, core: CoreId) {
        let _ = self.with(core, |(_, queue)| queue.clear());
    }

    fn ready(&self, core: CoreId, strand: Strand) {
        let _ = self.with(core, move |(_, queue)| {
            if !queue.contains(&strand) {
                queue.push_back(strand);
            }
        });
    }

    fn left(&self, core: CoreId, strand: Strand, _: u64, departure: Departure) {
        let _ = self.with(core, move |(_, queue)| {
            queue.retain(|other| *other != strand);
            if departure == Departure::Preempted {
                queue.push_back(strand);
            }
        });
    }

    fn pick(&self, core: CoreId) -> Option<Turn> {
        let order = self.order;
        let named = self.with(core, move |(count, queue)| {
            *count += 1;
            let is_last = matches!(order, Order::Both) && count.is_multiple_of(2);
            if is_last { queue.back().copied() } else { queue.front().copied() }
        });
        named.flatten().map(|strand| Turn { strand, at_most_ns: SLICE_NS })
    }
}

/// Names somebody whatever it was told.
struct Rogue(Strand);

impl Scheduler for Rogue {
    fn begins(&self, _: CoreId) {}

    fn ready(&self, _: CoreId, _: Strand) {}

    fn left(&self, _: CoreId, _: Strand, _: u64, _: Departure) {}

    fn pick(&self, _: CoreId) -> Option<Turn> {
        Some(Turn { strand: self.0, at_most_ns: SLICE_NS })
    }
}

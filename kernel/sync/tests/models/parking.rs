//! Parking: who parks, beside others that wake, halt or end it.
//!
//! Whoever is told to put it among the ready begins it at once and runs it on, so that nothing but the word itself orders one
//! core's run of it before another's.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use spindle_sync::{Activity, Opportunity, Parking, Unmarked};

const ITS: usize = 1;

/// Where something that can run is: it waits for all that it is to be told, and parks until then.
#[derive(Clone, Copy)]
enum Place {
    /// It looks whether it has been told.
    Looks,
    /// It has not been told, and will park. Halted here, it parks without having asked to.
    HasLooked,
    /// It parks, and then looks again.
    Parks,
}

/// Something that can run.
struct Strand {
    parking: Parking,
    /// Written by a core that it leaves, before that is settled; read by the core that begins it next. Loom sees an access that
    /// is not ordered.
    registers: UnsafeCell<Place>,
    /// What it is told. Each is written before a wake-up, which alone orders it.
    told: [AtomicBool; 2],
    /// Written before it is woken or ended, by one other. Loom sees an access that is not ordered.
    message: UnsafeCell<u32>,
    /// How often it has come to its end: more than once if it was put among the ready twice, never if a wake-up was lost.
    finished: AtomicUsize,
}

// SAFETY: that the cells are read and written by one thread at a time is what the models check.
unsafe impl Sync for Strand {}
// SAFETY: as above.
unsafe impl Send for Strand {}

impl Strand {
    /// One that runs, and waits to be told `count` things.
    fn running(count: usize) -> Arc<Self> {
        let strand = Self::ready(count);
        assert!(strand.parking.begin());
        strand
    }

    /// One that could go on at its first place.
    fn ready(count: usize) -> Arc<Self> {
        let parking = Parking::new();
        parking.prepare(ITS);
        Arc::new(Self {
            parking,
            registers: UnsafeCell::new(Place::Looks),
            told: core::array::from_fn(|number| AtomicBool::new(number >= count)),
            message: UnsafeCell::new(0),
            finished: AtomicUsize::new(0),
        })
    }

    /// What a core does that was told to put it among the ready. None if it was halted meanwhile.
    fn begin(&self) -> Option<Place> {
        let begins = self.parking.begin_unmarked() || self.parking.begin();
        // SAFETY: the model checks that nobody writes.
        begins.then(|| self.registers.with(|place| unsafe { *place }))
    }

    /// What it is to do, as who leaves a core asks: the long way only if there is a mark; and how it settles then.
    fn at_opportunity(&self, would_park: bool) -> (Opportunity, Option<Unmarked>) {
        match self.parking.glance() {
            Some(seen) if would_park => (Opportunity::Parks, Some(seen)),
            Some(_) => (Opportunity::GoesOn, None),
            None => (self.parking.at_opportunity(would_park), None),
        }
    }

    /// It leaves its core to park, and goes on at `place`. None if this core has no more to do with it.
    fn leave(&self, place: Place, seen: Option<Unmarked>) -> Option<Place> {
        // SAFETY: the model checks that nobody else is at it.
        self.registers.with_mut(|registers| unsafe { *registers = place });
        if seen.is_some_and(|seen| self.parking.settle_unmarked(seen)) {
            return None;
        }
        if self.parking.settle_parked() { self.begin() } else { None }
    }

    /// Wakes it, as a waker does: the long way only if it is not just blocked. Whether it is to be put among the ready.
    fn unpark(&self) -> bool {
        self.parking.unpark_unmarked(ITS) || self.parking.unpark(ITS)
    }

    /// Runs from `place` on, until this core has no more to do with it.
    fn run(&self, mut place: Place) {
        loop {
            let (would_park, next) = match place {
                // Relaxed: the wake-up orders it.
                Place::Looks if self.told.iter().all(|told| told.load(Ordering::Relaxed)) => break,
                Place::Looks => {
                    place = Place::HasLooked;
                    continue;
                }
                Place::HasLooked => (false, Place::Parks),
                Place::Parks => (true, Place::Looks),
            };
            let (opportunity, seen) = self.at_opportunity(would_park);
            place = match opportunity {
                Opportunity::GoesOn => next,
                Opportunity::Parks => match self.leave(next, seen) {
                    Some(place) => place,
                    None => return,
                },
                Opportunity::Ends => break,
            };
        }
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells it `number`, and wakes it.
    fn tell(&self, number: usize) {
        self.told[number].store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Wakes it, and runs it if it was blocked.
    fn wake(&self) {
        if self.unpark() {
            self.go_on();
        }
    }

    /// Runs it, for who was told to put it among the ready.
    fn go_on(&self) {
        if let Some(place) = self.begin() {
            self.run(place);
        }
    }

    /// It has left its core: who was told to put it among the ready has what it left, before anybody begins it.
    fn has_its_registers(&self) {
        // SAFETY: the model checks that nobody writes.
        self.registers.with(|place| assert!(matches!(unsafe { *place }, Place::Parks)));
    }

    fn write_message(&self) {
        // SAFETY: the model checks that nobody else is at it.
        self.message.with_mut(|message| unsafe { *message = 7 });
    }

    /// It has been woken or ended: it sees the message.
    fn finish_with_message(&self) {
        // SAFETY: the model checks that nobody writes.
        assert_eq!(self.message.with(|message| unsafe { *message }), 7);
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    fn finished(&self) -> usize {
        self.finished.load(Ordering::Relaxed)
    }
}

/// Runs `work` beside the model's own thread.
fn beside(strand: &Arc<Strand>, work: fn(&Strand)) -> thread::JoinHandle<()> {
    let strand = Arc::clone(strand);
    thread::spawn(move || work(&strand))
}

/// By its permit, or put among the ready by the one that settles, or by the one that wakes it.
#[test]
fn who_is_woken_goes_on_once_and_sees_what_was_written_before() {
    loom::model(|| {
        let strand = Strand::running(0);
        let waker = beside(&strand, |strand| {
            strand.write_message();
            if strand.unpark() {
                strand.has_its_registers();
                assert!(strand.begin().is_some());
                strand.finish_with_message();
            }
        });
        let (opportunity, seen) = strand.at_opportunity(true);
        match opportunity {
            Opportunity::GoesOn => strand.finish_with_message(),
            Opportunity::Parks if strand.leave(Place::Parks, seen).is_some() => strand.finish_with_message(),
            Opportunity::Parks => {}
            Opportunity::Ends => panic!("nobody has ended it"),
        }
        waker.join().unwrap();
        assert_eq!(strand.finished(), 1);
    });
}

#[test]
fn who_is_woken_by_two_goes_on_in_one_place_and_misses_neither() {
    let mut model = loom::model::Builder::new();
    // Three threads: with at most three forced switches each may come between the halves of a park.
    model.preemption_bound = Some(3);
    model.check(|| {
        let strand = Strand::running(2);
        let wakers = [beside(&strand, |strand| strand.tell(0)), beside(&strand, |strand| strand.tell(1))];
        strand.run(Place::Looks);
        for waker in wakers {
            waker.join().unwrap();
        }
        assert_eq!(strand.finished(), 1);
    });
}

/// The wake-up is not what it was halted for: it has looked, and parks only when it goes on.
#[test]
fn who_is_told_while_it_is_halted_misses_nothing() {
    loom::model(|| {
        let strand = Strand::running(1);
        let other = beside(&strand, |strand| {
            strand.parking.halt(ITS);
            strand.tell(0);
        });
        strand.run(Place::Looks);
        other.join().unwrap();
        assert_eq!(strand.finished(), 1);
    });
}

/// As above, of one that has no core at the time.
#[test]
fn who_is_told_while_it_is_halted_among_the_ready_misses_nothing() {
    loom::model(|| {
        let strand = Strand::running(1);
        // SAFETY: nobody else is there yet.
        strand.registers.with_mut(|registers| unsafe { *registers = Place::HasLooked });
        let other = beside(&strand, |strand| {
            strand.parking.halt(ITS);
            strand.tell(0);
        });
        strand.go_on();
        other.join().unwrap();
        assert_eq!(strand.finished(), 1);
    });
}

/// Halted by one and woken by another: the later of the two has its way.
#[test]
fn who_is_halted_and_woken_at_once_either_goes_on_or_waits_for_the_next_wake_up() {
    let mut model = loom::model::Builder::new();
    // As above.
    model.preemption_bound = Some(3);
    model.check(|| {
        let strand = Strand::running(1);
        let others =
            [beside(&strand, |strand| strand.parking.halt(ITS)), beside(&strand, |strand| strand.tell(0))];
        strand.run(Place::Looks);
        for other in others {
            other.join().unwrap();
        }
        if strand.finished() == 0 {
            assert_eq!(strand.parking.activity(ITS), Activity::Blocked);
            strand.wake();
        }
        assert_eq!(strand.finished(), 1);
    });
}

/// Whatever it does: it goes on to its end once, and sees what was written before that.
#[test]
fn an_end_is_never_slept_through() {
    loom::model(|| {
        let strand = Strand::running(0);
        let other = beside(&strand, |strand| {
            // A permit as well, which it may find first.
            if strand.unpark() {
                assert!(strand.begin().is_some());
                park_until_ended(strand);
            }
            strand.write_message();
            if strand.parking.end(ITS) {
                strand.has_its_registers();
                assert!(strand.begin().is_some());
                park_until_ended(strand);
            }
        });
        park_until_ended(&strand);
        other.join().unwrap();
        assert_eq!(strand.finished(), 1);
    });
}

/// Parks again and again.
fn park_until_ended(strand: &Strand) {
    loop {
        let (opportunity, seen) = strand.at_opportunity(true);
        match opportunity {
            Opportunity::GoesOn => {}
            Opportunity::Parks if strand.leave(Place::Parks, seen).is_some() => {}
            Opportunity::Parks => return,
            Opportunity::Ends => return strand.finish_with_message(),
        }
    }
}

#[test]
fn who_means_the_last_one_changes_nothing_of_the_next() {
    const NEXT: usize = ITS + 1;
    let stale: [fn(&Strand); 3] = [
        |strand| assert!(!strand.unpark()),
        |strand| strand.parking.halt(ITS),
        |strand| assert!(!strand.parking.end(ITS)),
    ];
    for stale in stale {
        loom::model(move || {
            let strand = Strand::running(0);
            let other = beside(&strand, stale);
            strand.parking.finish();
            strand.parking.prepare(NEXT);
            assert!(strand.parking.begin());
            assert_eq!(strand.parking.at_opportunity(false), Opportunity::GoesOn);
            assert_eq!(strand.parking.at_opportunity(true), Opportunity::Parks);
            assert!(!strand.parking.settle_parked());
            other.join().unwrap();
            assert_eq!(strand.parking.activity(NEXT), Activity::Blocked);
            assert_eq!(strand.parking.number(), NEXT);
        });
    }
}

#[test]
fn who_sees_that_it_is_over_sees_what_it_has_done() {
    loom::model(|| {
        let strand = Strand::running(0);
        let watcher = beside(&strand, |strand| {
            if strand.parking.activity(ITS) == Activity::Over {
                strand.finish_with_message();
            }
        });
        strand.write_message();
        strand.parking.finish();
        watcher.join().unwrap();
    });
}

#[test]
fn who_begins_it_sees_what_it_is_made_of() {
    const NEXT: usize = ITS + 1;
    loom::model(|| {
        let strand = Strand::running(0);
        strand.parking.finish();
        let other = beside(&strand, |strand| {
            if strand.parking.number() == NEXT && strand.parking.begin() {
                strand.finish_with_message();
            }
        });
        strand.write_message();
        strand.parking.prepare(NEXT);
        other.join().unwrap();
    });
}

/// The core that finds it halted has taken it out of a queue and may have written to it.
#[test]
fn who_wakes_it_after_it_was_found_halted_has_what_that_core_wrote() {
    loom::model(|| {
        let strand = Strand::ready(0);
        strand.parking.halt(ITS);
        let other = beside(&strand, |strand| {
            if strand.unpark() {
                strand.finish_with_message();
                assert!(strand.begin().is_some());
            }
        });
        strand.write_message();
        strand.parking.begin();
        other.join().unwrap();
    });
}

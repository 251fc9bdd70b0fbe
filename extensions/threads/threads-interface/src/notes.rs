//! Notes: what the package knows of single strands. Most have none.
//!
//! A note is made when somebody unparks, interrupts or lends a priority to a strand, or it first uses a [`Local`](crate::Local). It goes when nothing is in
//! it any more, when its thread ends, or, of one that ended otherwise, when the next one is made in the same drawer.
//!
//! Invariants: what is noted of a strand that has ended is never called. Nothing here allocates in a way that can panic while a drawer is open.
//! A drawer that is lost, since who had it open was ended in the middle, notes nothing more: unparks and interrupts of its
//! strands then only wake.
//!
//! Lock order: inside the lists of [`Mutex`](crate::Mutex), outside of everything else.
//!
//! Does not know threads' results.

mod loans;

use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use spindle_domain::Mutex;
use spindle_strand::{Priority, State, Strand};

use loans::Loans;

const DRAWERS: usize = 16;

static NOTES: [Drawer; DRAWERS] = [const { Drawer::new() }; DRAWERS];

/// Notes of the strands whose numbers leave the same remainder.
struct Drawer {
    notes: Mutex<Vec<Note>>,
    /// How many there are, for who has nothing to look for.
    count: AtomicUsize,
}

struct Note {
    strand: Strand,
    has_permit: bool,
    is_interrupted: bool,
    loans: Loans,
    at_end: Vec<&'static dyn AtEnd>,
}

/// Something that a thread has, to be dropped at its end.
pub(crate) trait AtEnd: Sync {
    /// `strand`, which runs this, is about to end.
    fn end(&self, strand: Strand);
}

impl Note {
    fn new(strand: Strand) -> Self {
        Self { strand, has_permit: false, is_interrupted: false, loans: Loans::default(), at_end: Vec::new() }
    }

    fn is_blank(&self) -> bool {
        !self.has_permit && !self.is_interrupted && self.loans.is_none() && self.at_end.is_empty()
    }
}

impl Drawer {
    const fn new() -> Self {
        Self { notes: Mutex::new(Vec::new()), count: AtomicUsize::new(0) }
    }

    fn of(strand: Strand) -> &'static Self {
        // Numbers count up by a power of two for each new strand in a place.
        let number = strand.number();
        &NOTES[(number ^ number >> 14) as usize % DRAWERS]
    }

    /// Shows the note of `strand` to `work`, if there is one; takes it out when it is blank then.
    fn with<R: Default>(&self, strand: Strand, work: impl FnOnce(&mut Note) -> R + Send) -> R {
        // Acquire, and release where it is written: what was noted before the strand was woken is found.
        if self.count.load(Ordering::Acquire) == 0 {
            return R::default();
        }
        let found = self.notes.with(|notes| {
            let place = notes.iter().position(|note| note.strand == strand)?;
            let result = notes.get_mut(place).map(work);
            if notes.get(place).is_some_and(Note::is_blank) {
                notes.swap_remove(place);
                self.count.store(notes.len(), Ordering::Release);
            }
            result
        });
        found.ok().flatten().unwrap_or_default()
    }

    /// The same, but makes one where there is none; nothing if there is no memory, or the strand has ended.
    fn with_new<R: Default>(&self, strand: Strand, work: impl FnOnce(&mut Note) -> R + Send) -> R {
        let found = self.notes.with(|notes| {
            if !notes.iter().any(|note| note.strand == strand) {
                notes.retain(|note| note.strand.state() != State::Ended);
                if strand.state() != State::Ended && notes.try_reserve(1).is_ok() {
                    notes.push(Note::new(strand));
                }
                self.count.store(notes.len(), Ordering::Release);
            }
            notes.iter_mut().find(|note| note.strand == strand).map(work)
        });
        found.ok().flatten().unwrap_or_default()
    }
}

/// Gives `strand` the permit to go on behind its next park.
pub(crate) fn give_permit(strand: Strand) {
    Drawer::of(strand).with_new(strand, |note| note.has_permit = true);
}

/// Takes the permit of `strand`; whether there was one.
pub(crate) fn take_permit(strand: Strand) -> bool {
    Drawer::of(strand).with(strand, |note| core::mem::take(&mut note.has_permit))
}

/// Notes that `strand` is interrupted.
pub(crate) fn interrupt(strand: Strand) {
    Drawer::of(strand).with_new(strand, |note| note.is_interrupted = true);
}

/// Whether `strand` is interrupted.
pub(crate) fn is_interrupted(strand: Strand) -> bool {
    Drawer::of(strand).with(strand, |note| note.is_interrupted)
}

/// Takes the interrupt of `strand`; whether there was one.
pub(crate) fn take_interrupt(strand: Strand) -> bool {
    Drawer::of(strand).with(strand, |note| core::mem::take(&mut note.is_interrupted))
}

/// Has `strand` be as urgent as `priority` at least, for as long as it has `lock`; whether that made it more urgent.
pub(crate) fn lend(strand: Strand, lock: usize, priority: Priority) -> bool {
    Drawer::of(strand).with_new(strand, |note| note.loans.lend(strand, lock, priority))
}

/// What was lent to `strand` for `lock` goes back.
pub(crate) fn give_back(strand: Strand, lock: usize) {
    Drawer::of(strand).with(strand, |note| note.loans.give_back(strand, lock));
}

/// Has `what` told when `strand` ends, if that is a thread; whether that was noted.
pub(crate) fn at_end(strand: Strand, what: &'static dyn AtEnd) -> bool {
    Drawer::of(strand).with_new(strand, |note| {
        let has_room = note.at_end.try_reserve(1).is_ok();
        if has_room {
            note.at_end.push(what);
        }
        has_room
    })
}

/// The thread `strand`, which runs this, ends: all are told who asked for that.
pub(crate) fn close(strand: Strand) {
    let drawer = Drawer::of(strand);
    loop {
        let last = drawer.with(strand, |note| {
            (note.has_permit, note.is_interrupted) = (false, false);
            note.at_end.pop()
        });
        match last {
            Some(last) => last.end(strand),
            None => return,
        }
    }
}

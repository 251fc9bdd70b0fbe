//! Gone: handlers that are in no book any more, and can still have their turn.
//!
//! A raise that began before goes on with what it has found. So how the calls of such a handler are recognised, and what it was,
//! is kept until the grace period is over that begins when it leaves its book. Only copies are: a record can lie on the heap of
//! whoever made it.
//!
//! Thousands may have left; each frame of a stack that is walked is asked for. Handlers of one type share their functions,
//! so it is asked of types first.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use spindle_sync::grace::Retired;
use spindle_sync::{GRACE, Lock};

use crate::binding::BindingId;
use crate::caught::{Catch, Frames};
use crate::record::Record;

/// A handler that is in no book any more.
#[derive(Clone)]
pub(crate) struct Gone {
    pub(crate) frames: Frames,
    pub(crate) id: BindingId,
    pub(crate) code: usize,
    /// Name of the event that it was bound to, if that is still there.
    pub(crate) event: Option<String>,
}

/// All of them, each with a number that it shares with those that left together.
struct List {
    next: u64,
    /// In the order of their numbers.
    gone: VecDeque<(u64, Gone)>,
    /// The types of these, without their states, and how many there are of each.
    types: Vec<(Frames, usize)>,
}

/// Lock order: after an event's, before the heap's.
static LIST: Lock<List> = Lock::new(List { next: 0, gone: VecDeque::new(), types: Vec::new() });

impl List {
    fn add(&mut self, noted: Vec<Gone>) -> u64 {
        let number = self.next;
        self.next += 1;
        for gone in noted {
            let of_type = Frames { state: 0, ..gone.frames };
            match self.types.iter_mut().find(|(frames, _)| *frames == of_type) {
                Some((_, count)) => *count += 1,
                None => self.types.push((of_type, 1)),
            }
            self.gone.push_back((number, gone));
        }
        number
    }

    /// Takes out those with this number.
    fn remove(&mut self, number: u64) -> Vec<(u64, Gone)> {
        let from = self.gone.partition_point(|(with, _)| *with < number);
        let to = self.gone.partition_point(|(with, _)| *with <= number);
        let over: Vec<_> = self.gone.drain(from..to).collect();
        for (_, gone) in &over {
            let of_type = Frames { state: 0, ..gone.frames };
            if let Some((_, count)) = self.types.iter_mut().find(|(frames, _)| *frames == of_type) {
                *count -= 1;
            }
        }
        self.types.retain(|(_, count)| *count > 0);
        over
    }

    fn has(&self, function: usize) -> bool {
        self.types.iter().any(|(frames, _)| frames.catch(function).is_some())
    }
}

/// These are known by no book any more. All are of the same event.
pub(crate) fn let_go(records: &[Arc<Record>]) {
    note(records);
    records.iter().for_each(|record| record.shared.detach());
}

fn note(records: &[Arc<Record>]) {
    // One that always runs within a boundary is not looked for.
    let is_meant = |record: &&Arc<Record>| record.frames != Frames::default();
    let event =
        records.first().and_then(|record| record.shared.event()).map(|event| String::from(event.name()));
    let of = |record: &Arc<Record>| Gone {
        frames: record.frames,
        id: record.id(),
        code: record.code,
        event: event.clone(),
    };
    let noted: Vec<Gone> = records.iter().filter(is_meant).map(of).collect();
    if noted.is_empty() {
        return;
    }
    let number = LIST.lock().add(noted);
    GRACE.retire(Retired::new(move || forget(number)));
}

fn forget(number: u64) {
    let mut list = LIST.lock();
    let over = list.remove(number);
    // Many may have left at a time, and others may leave always: their room is not kept.
    let room = if list.gone.is_empty() {
        (mem::take(&mut list.gone), mem::take(&mut list.types))
    } else {
        if list.gone.len() < list.gone.capacity() / 4 {
            list.gone.shrink_to_fit();
            list.types.shrink_to_fit();
        }
        Default::default()
    };
    drop(list);
    drop((over, room));
}

/// How the caller of `function` goes on, if one of these says so ([`Frames::choose`]).
pub(crate) fn find(function: usize, asking: Option<usize>) -> Option<Catch> {
    let list = LIST.lock();
    let all = || list.gone.iter().map(|(_, gone)| &gone.frames);
    list.has(function).then(|| Frames::choose(all(), function, asking))?.ok()?
}

/// Those that `function` can have been called for.
pub(crate) fn candidates(function: usize) -> Vec<Gone> {
    let list = LIST.lock();
    if !list.has(function) {
        return Vec::new();
    }
    let all = list.gone.iter().map(|(_, gone)| gone);
    all.filter(|gone| gone.frames.catch(function).is_some()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use spindle_sync::GRACE;

    use super::{LIST, candidates};
    use crate::book::Book;
    use crate::caught::Frames;
    use crate::record::Record;

    #[test]
    fn who_is_in_no_book_any_more_is_known_until_raises_have_ended() {
        let mut core = GRACE.register_thread();
        let frames = Frames { state: 0x48, turn: 0xf100, handle: 0xf200, raise: 0xf300, nothing: 0xf400 };
        let (mut book, record) = (Book::new(), Arc::new(Record { frames, ..Record::plain() }));
        let twin = Arc::new(Record { frames: Frames { state: 0x50, ..frames }, ..Record::plain() });
        book.put(record.clone(), "tests").expect("a place");
        book.put(twin, "tests").expect("a place");
        let known = || candidates(0xf200).len();
        assert_eq!(known(), 0);
        assert_eq!(book.take_all(&|_| true), 2);
        assert_eq!(known(), 2);
        while known() > 0 {
            core.quiet();
            GRACE.reclaim();
        }
        assert!(!LIST.lock().has(0xf200));
        assert_eq!(Arc::strong_count(&record), 1);
    }
}

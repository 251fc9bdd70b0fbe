//! Kept: who can run on a core that a scheduler of an extension's has, in the order in which they came.
//!
//! It is the kernel's own list: whatever the scheduler says or forgets, nobody gets lost, and who has waited longest is the first.
//! Used by its core's host alone, so relaxed orders do. Whoever is in it is in no queue: it stands by the same link.

use super::record::Record;
use core::sync::atomic::{AtomicUsize, Ordering};
use spindle_sync::{AtomicRef, Queued};

/// A list.
pub(super) struct Kept {
    first: AtomicRef<Record>,
    last: AtomicRef<Record>,
    count: AtomicUsize,
}

impl Kept {
    pub(super) const fn new() -> Self {
        Self { first: AtomicRef::none(), last: AtomicRef::none(), count: AtomicUsize::new(0) }
    }

    /// Who has waited longest.
    pub(super) fn first(&self) -> Option<&'static Record> {
        self.first.get_own()
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Puts in `record`, which is in no list.
    pub(super) fn push(&self, record: &'static Record) {
        let last = self.last.get_own();
        record.link().put_own(None);
        record.before.put_own(last);
        match last {
            Some(last) => last.link().put_own(Some(record)),
            None => self.first.put_own(Some(record)),
        }
        self.last.put_own(Some(record));
        record.is_kept.store(true, Ordering::Relaxed);
        self.count.store(self.len() + 1, Ordering::Relaxed);
    }

    /// Takes out `record`, which is in this list.
    pub(super) fn remove(&self, record: &'static Record) {
        let (before, behind) = (record.before.get_own(), record.link().get_own());
        match before {
            Some(before) => before.link().put_own(behind),
            None => self.first.put_own(behind),
        }
        match behind {
            Some(behind) => behind.before.put_own(before),
            None => self.last.put_own(before),
        }
        record.is_kept.store(false, Ordering::Relaxed);
        self.count.store(self.len().saturating_sub(1), Ordering::Relaxed);
    }

    /// Takes out who has waited longest.
    pub(super) fn pop(&self) -> Option<&'static Record> {
        let first = self.first()?;
        self.remove(first);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, Record};
    use alloc::boxed::Box;
    use core::ptr;

    fn three() -> (Kept, [&'static Record; 3]) {
        let (kept, records) = (Kept::new(), [(); 3].map(|()| &*Box::leak(Box::new(Record::new()))));
        for record in records {
            kept.push(record);
        }
        (kept, records)
    }

    #[test]
    fn who_came_first_goes_first() {
        let (kept, records) = three();
        for record in records {
            assert!(kept.pop().is_some_and(|first| ptr::eq(first, record)));
        }
        assert!(kept.pop().is_none() && kept.len() == 0);
    }

    #[test]
    fn whoever_is_taken_out_leaves_the_others_in_order() {
        for taken in 0..3 {
            let (kept, records) = three();
            kept.remove(records[taken]);
            assert_eq!(kept.len(), 2);
            for (_, record) in records.into_iter().enumerate().filter(|(place, _)| *place != taken) {
                assert!(kept.pop().is_some_and(|first| ptr::eq(first, record)));
            }
            kept.push(records[taken]);
            assert!(kept.first().is_some_and(|first| ptr::eq(first, records[taken])));
        }
    }
}

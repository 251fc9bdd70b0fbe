//! The alarms of one core, earliest first.
//!
//! A binary heap over deadlines in nanoseconds. A periodic alarm's next deadline is its last one plus a whole number
//! of periods, never "now" plus a period: it stays on its grid however late it is served, so it does not drift, and periods
//! that passed unserved are counted instead of being made up for in a burst. Alarms due at the same time come in the order of
//! their names.
//!
//! Pure: this file knows neither the timer nor what an alarm's name means.

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use core::num::NonZeroU64;
use core::ops::Range;

/// One alarm. The order of the fields is the order in which alarms are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alarm<N> {
    deadline_ns: u64,
    name: N,
    period_ns: Option<NonZeroU64>,
    served: u64,
    owner_code: usize,
}

/// An alarm whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due<N> {
    /// Which alarm.
    pub(crate) name: N,
    /// How many of its deadlines have passed since it was set, this one included.
    pub(crate) count: u64,
}

/// The alarms of one core, each with a name and the address of the code that it belongs to.
#[derive(Debug)]
pub(crate) struct AlarmHeap<N> {
    heap: BinaryHeap<Reverse<Alarm<N>>>,
}

impl<N: Copy + Ord> AlarmHeap<N> {
    /// A heap without alarms; allocates nothing.
    #[must_use]
    pub(crate) const fn new() -> Self {
        Self { heap: BinaryHeap::new() }
    }

    /// Adds the alarm `name`, due at `deadline_ns` and, if it has a period, every period after that.
    pub(crate) fn set(
        &mut self,
        name: N,
        owner_code: usize,
        deadline_ns: u64,
        period_ns: Option<NonZeroU64>,
    ) {
        self.heap.push(Reverse(Alarm { deadline_ns, name, period_ns, served: 0, owner_code }));
    }

    /// Takes the alarm `name` out; says whether it was there. Takes time in proportion to the number of alarms.
    pub(crate) fn cancel(&mut self, name: N) -> bool {
        self.remove(|alarm| alarm.name == name) > 0
    }

    /// Takes out every alarm that belongs to code in `code`; says how many there were.
    pub(crate) fn withdraw(&mut self, code: &Range<usize>) -> usize {
        self.remove(|alarm| code.contains(&alarm.owner_code))
    }

    fn remove(&mut self, is_going: impl Fn(&Alarm<N>) -> bool) -> usize {
        let before = self.heap.len();
        self.heap.retain(|Reverse(alarm)| !is_going(alarm));
        before - self.heap.len()
    }

    /// When the earliest alarm is due.
    #[must_use]
    pub(crate) fn next_deadline_ns(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(alarm)| alarm.deadline_ns)
    }

    /// The earliest alarm, if its time has come by `now_ns`. A periodic one is set again, to its next deadline after `now_ns`,
    /// unless that lies beyond the end of time.
    pub(crate) fn take_due(&mut self, now_ns: u64) -> Option<Due<N>> {
        if self.next_deadline_ns()? > now_ns {
            return None;
        }
        let Reverse(mut alarm) = self.heap.pop()?;
        let Some(period_ns) = alarm.period_ns else {
            return Some(Due { name: alarm.name, count: alarm.served + 1 });
        };
        let passed = (now_ns - alarm.deadline_ns) / period_ns + 1;
        alarm.served = alarm.served.saturating_add(passed);
        let next_ns = passed.checked_mul(period_ns.get()).and_then(|ns| alarm.deadline_ns.checked_add(ns));
        if let Some(deadline_ns) = next_ns {
            self.heap.push(Reverse(Alarm { deadline_ns, ..alarm }));
        }
        Some(Due { name: alarm.name, count: alarm.served })
    }

    /// Number of alarms that are set.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{AlarmHeap, Due};
    use alloc::vec::Vec;
    use core::num::NonZeroU64;

    fn every(period_ns: u64) -> Option<NonZeroU64> {
        NonZeroU64::new(period_ns)
    }

    #[test]
    fn the_earliest_comes_first_and_equals_keep_their_order() {
        let mut heap = AlarmHeap::new();
        heap.set(1, 0, 300, None);
        heap.set(2, 0, 100, None);
        heap.set(4, 0, 200, None);
        heap.set(3, 0, 200, None);
        assert_eq!(heap.next_deadline_ns(), Some(100));
        let order: Vec<u64> = core::iter::from_fn(|| heap.take_due(1_000).map(|due| due.name)).collect();
        assert_eq!(order, [2, 3, 4, 1]);
        assert_eq!(heap.len(), 0);
    }

    #[test]
    fn nothing_is_due_before_its_time() {
        let mut heap = AlarmHeap::<u64>::new();
        assert_eq!(heap.take_due(u64::MAX), None);
        heap.set(1, 0, 100, None);
        assert_eq!(heap.take_due(99), None);
        assert_eq!(heap.take_due(100), Some(Due { name: 1, count: 1 }));
    }

    #[test]
    fn a_periodic_alarm_stays_on_its_grid_over_a_million_periods() {
        let mut heap = AlarmHeap::new();
        heap.set(1, 0, 7, every(1_000));
        for period in 0..1_000_000_u64 {
            // Served late every time, by an amount that differs.
            let now_ns = 7 + period * 1_000 + period % 999;
            assert_eq!(heap.take_due(now_ns), Some(Due { name: 1, count: period + 1 }));
            assert_eq!(heap.take_due(now_ns), None);
        }
        assert_eq!(heap.next_deadline_ns(), Some(7 + 1_000_000 * 1_000));
    }

    #[test]
    fn periods_that_passed_unserved_are_counted_not_repeated() {
        let mut heap = AlarmHeap::new();
        heap.set(1, 0, 100, every(100));
        assert_eq!(heap.take_due(1_050), Some(Due { name: 1, count: 10 }));
        assert_eq!(heap.take_due(1_050), None);
        assert_eq!(heap.next_deadline_ns(), Some(1_100));
    }

    #[test]
    fn a_cancelled_alarm_does_not_come() {
        let mut heap = AlarmHeap::new();
        heap.set(1, 0, 100, every(100));
        heap.set(2, 0, 150, None);
        assert!(heap.cancel(1));
        assert!(!heap.cancel(1));
        assert_eq!(heap.take_due(1_000), Some(Due { name: 2, count: 1 }));
        assert_eq!(heap.take_due(1_000), None);
    }

    #[test]
    fn alarms_go_with_the_code_they_belong_to() {
        let mut heap = AlarmHeap::new();
        for name in 0..10_u64 {
            heap.set(name, 0x1000 + name as usize * 0x10, 100, None);
        }
        assert_eq!(heap.withdraw(&(0x1020..0x1050)), 3);
        assert_eq!(heap.withdraw(&(0x1020..0x1050)), 0);
        let left: Vec<u64> = core::iter::from_fn(|| heap.take_due(100).map(|due| due.name)).collect();
        assert_eq!(left, [0, 1, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn a_deadline_beyond_the_end_of_time_ends_the_alarm() {
        let mut heap = AlarmHeap::new();
        heap.set(1, 0, u64::MAX - 1, every(100));
        assert_eq!(heap.take_due(u64::MAX), Some(Due { name: 1, count: 1 }));
        assert_eq!(heap.len(), 0);
    }
}

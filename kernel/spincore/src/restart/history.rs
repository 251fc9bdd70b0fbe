//! History: when an extension was started again, and what its policy says comes next.
//!
//! Pure.

use alloc::vec::Vec;
use spindle_domain::Restart;

const NS_PER_MS: u64 = 1_000_000;
const NS_PER_S: u64 = 1_000_000_000;
/// The longest delay, in nanoseconds: a minute.
const LONGEST_NS: u64 = 60 * NS_PER_S;

/// When it was started again, in nanoseconds since the start of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    starts_ns: Vec<u64>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is started again after so many nanoseconds, for the `count`th time.
    After { delay_ns: u64, count: usize },
    /// It stays down.
    Down,
}

impl History {
    /// What comes next for one that was at fault at `now_ns`.
    pub(super) fn next(&mut self, policy: Restart, now_ns: u64) -> Next {
        let within_ns = policy.within_s() * NS_PER_S;
        self.starts_ns.retain(|start| now_ns.saturating_sub(*start) < within_ns);
        let before = self.starts_ns.len();
        if before >= policy.most() {
            return Next::Down;
        }
        self.starts_ns.push(now_ns);
        let delay_ns = policy.delay_ms().saturating_mul(NS_PER_MS);
        let delay_ns = delay_ns.saturating_mul(1 << before.min(32)).min(LONGEST_NS);
        Next::After { delay_ns, count: before + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::{History, LONGEST_NS, NS_PER_MS, NS_PER_S, Next};
    use spindle_domain::Restart;

    #[test]
    fn who_wants_no_restart_stays_down() {
        assert_eq!(History::default().next(Restart::NEVER, 0), Next::Down);
    }

    #[test]
    fn each_restart_takes_twice_as_long_as_the_one_before_until_it_stays_down() {
        let policy = Restart::times(3).within_seconds(10).after_milliseconds(100);
        let mut history = History::default();
        for (count, delay_ms) in [(1, 100), (2, 200), (3, 400)] {
            let now_ns = count as u64 * NS_PER_S;
            assert_eq!(history.next(policy, now_ns), Next::After { delay_ns: delay_ms * NS_PER_MS, count });
        }
        assert_eq!(history.next(policy, 9 * NS_PER_S), Next::Down);
    }

    #[test]
    fn what_was_long_ago_does_not_count() {
        let policy = Restart::times(1).within_seconds(10);
        let mut history = History::default();
        assert!(matches!(history.next(policy, NS_PER_S), Next::After { .. }));
        assert_eq!(history.next(policy, 10 * NS_PER_S), Next::Down);
        assert_eq!(history.next(policy, 11 * NS_PER_S), Next::After { delay_ns: 100 * NS_PER_MS, count: 1 });
    }

    #[test]
    fn no_delay_is_longer_than_a_minute() {
        let policy = Restart::times(100).within_seconds(1000).after_milliseconds(1 << 30);
        assert_eq!(History::default().next(policy, 0), Next::After { delay_ns: LONGEST_NS, count: 1 });
    }
}

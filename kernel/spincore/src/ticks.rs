//! Ticks: when a time of the clock has come, by the machine's counter.

use spindle_machine::timer;

/// The first tick at which `deadline_ns` of the clock has come.
pub(crate) fn at(deadline_ns: u64) -> u64 {
    ns_to_ticks(deadline_ns, timer::frequency_hz())
}

/// In how many ticks `ns` have passed.
pub(crate) fn of_ns(ns: u64) -> u64 {
    ns_to_ticks(ns, timer::frequency_hz())
}

const NS_PER_SECOND: u128 = 1_000_000_000;

/// The first tick at which `ns` have passed.
fn ns_to_ticks(ns: u64, frequency_hz: u64) -> u64 {
    let ticks = (u128::from(ns) * u128::from(frequency_hz)).div_ceil(NS_PER_SECOND);
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::ns_to_ticks;
    use spindle_clock::ticks_to_ns;

    #[test]
    fn a_deadline_in_ticks_is_never_early() {
        for frequency_hz in [1_000_000, 54_000_000, 62_500_000, 1_000_000_000] {
            for ns in [0, 1, 15, 16, 17, 999_999_999, 1_000_000_001, 86_400_000_000_000] {
                let ticks = ns_to_ticks(ns, frequency_hz);
                assert!(ticks_to_ns(ticks, frequency_hz) >= ns.saturating_sub(1));
                assert!(ticks == 0 || ticks_to_ns(ticks - 1, frequency_hz) < ns);
            }
        }
    }

    #[test]
    fn a_deadline_beyond_the_end_of_time_is_the_end_of_time() {
        assert_eq!(ns_to_ticks(u64::MAX, u64::MAX), u64::MAX);
    }
}

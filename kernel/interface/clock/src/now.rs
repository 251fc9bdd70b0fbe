//! What time it is.

use crate::service;

/// Nanoseconds since the machine's counter started. Zero before the kernel serves the clock.
///
/// # Context
/// Any.
pub fn now_ns() -> u64 {
    ticks_to_ns(now_ticks(), frequency_hz())
}

/// Ticks of the machine's counter since it started. Zero before the kernel serves the clock.
///
/// # Context
/// Any.
pub fn now_ticks() -> u64 {
    service::counter().map_or(0, |counter| (counter.now_ticks)())
}

/// Ticks per second. Zero before the kernel serves the clock.
pub fn frequency_hz() -> u64 {
    service::counter().map_or(0, |counter| counter.frequency_hz)
}

/// How long `ticks` take at `frequency_hz`, in nanoseconds, rounded down; without a frequency no time passes.
pub fn ticks_to_ns(ticks: u64, frequency_hz: u64) -> u64 {
    const NS_PER_S: u128 = 1_000_000_000;
    // In 128 bits, since the product overflows 64 within seconds. A count of ns fits 64 bits for 584 years.
    (u128::from(ticks) * NS_PER_S).checked_div(u128::from(frequency_hz)).map_or(0, |ns| ns as u64)
}

#[cfg(test)]
mod tests {
    use super::ticks_to_ns;

    #[test]
    fn ticks_become_nanoseconds_at_any_frequency() {
        assert_eq!(ticks_to_ns(62_500_000, 62_500_000), 1_000_000_000);
        assert_eq!(ticks_to_ns(1, 54_000_000), 18);
        assert_eq!(ticks_to_ns(1 << 60, 1_000_000_000), 1 << 60);
        assert_eq!(ticks_to_ns(7, 0), 0);
    }
}

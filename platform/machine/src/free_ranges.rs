//! What remains of RAM when the ranges in use are taken out: pure arithmetic, tested on the host.

use crate::address::{PhysAddr, PhysRange};

/// Calls `found` with each maximal range of whole pages of `ram` that shares no address with any of `taken`, in rising order
/// within each range of RAM. Backwards and empty ranges count as absent.
pub(crate) fn subtract(ram: &[PhysRange], taken: &[PhysRange], found: &mut dyn FnMut(PhysRange)) {
    for bank in ram {
        let bank = bank.to_pages_inward();
        let mut at = bank.start.0;
        while at < bank.end.0 {
            let inside = taken
                .iter()
                .map(|range| range.to_pages_outward())
                .find(|range| range.start.0 <= at && at < range.end.0);
            if let Some(range) = inside {
                at = range.end.0;
                continue;
            }
            let end = taken
                .iter()
                .map(|range| range.to_pages_outward())
                .filter(|range| range.len_bytes() > 0 && range.start.0 > at)
                .map(|range| range.start.0)
                .min()
                .unwrap_or(bank.end.0)
                .min(bank.end.0);
            found(PhysRange { start: PhysAddr(at), end: PhysAddr(end) });
            at = end;
        }
    }
}

/// The highest range of `len_bytes`, aligned to `alignment_bytes` (a power of two), that lies in `bank` and shares no address
/// with any of `taken`.
pub(crate) fn highest_free(
    bank: PhysRange,
    taken: &[PhysRange],
    len_bytes: u64,
    alignment_bytes: u64,
) -> Option<PhysRange> {
    let mut best = None;
    subtract(&[bank], taken, &mut |free| {
        let Some(start) = free.end.0.checked_sub(len_bytes).map(|start| start & !(alignment_bytes - 1))
        else {
            return;
        };
        if start >= free.start.0 {
            best = Some(PhysRange::new(start, len_bytes));
        }
    });
    best
}

#[cfg(test)]
mod tests {
    use super::{highest_free, subtract};
    use crate::address::PhysRange;

    fn pieces(ram: &[PhysRange], taken: &[PhysRange]) -> Vec<(u64, u64)> {
        let mut out = Vec::new();
        subtract(ram, taken, &mut |range| out.push((range.start.0, range.end.0)));
        out
    }

    #[test]
    fn what_is_taken_is_left_out_in_whole_pages() {
        let ram = [PhysRange::new(0, 0x10000), PhysRange::new(0x20000, 0x4000)];
        let taken =
            [PhysRange::new(0x1800, 0x100), PhysRange::new(0x4000, 0x2000), PhysRange::new(0x1f000, 0x2000)];
        assert_eq!(
            pieces(&ram, &taken),
            [(0, 0x1000), (0x2000, 0x4000), (0x6000, 0x10000), (0x21000, 0x24000)]
        );
    }

    #[test]
    fn overlapping_and_empty_ranges_do_no_harm() {
        let ram = [PhysRange::new(0, 0x8000)];
        let taken =
            [PhysRange::new(0x2000, 0x3000), PhysRange::new(0x3000, 0x3000), PhysRange::new(0x7000, 0)];
        assert_eq!(pieces(&ram, &taken), [(0, 0x2000), (0x6000, 0x8000)]);
    }

    #[test]
    fn everything_taken_leaves_nothing() {
        assert!(pieces(&[PhysRange::new(0, 0x8000)], &[PhysRange::new(0, 0x10000)]).is_empty());
    }

    #[test]
    fn the_highest_free_range_is_aligned_and_below_what_is_taken() {
        let bank = PhysRange::new(0x4000_0000, 0x100_0000);
        let top = PhysRange::new(0x40f0_0000, 0x10_0000);
        let found = highest_free(bank, &[top], 0x20_0000, 0x20_0000).expect("there is room");
        assert_eq!((found.start.0, found.end.0), (0x40c0_0000, 0x40e0_0000));
        assert_eq!(highest_free(bank, &[bank], 0x1000, 0x1000), None);
    }
}

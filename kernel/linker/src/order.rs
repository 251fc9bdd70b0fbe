//! Order: sorting by a number. What is sorted are pairs, whatever it is that they stand for: a routine that sorts is some three
//! kilobytes for each type that it is compiled for.

use alloc::vec::Vec;

/// The numbers in rising order, each with where it stood; of equal ones the earlier comes first.
pub(crate) fn rising(numbers: impl Iterator<Item = u64>) -> Vec<(u64, usize)> {
    let mut order: Vec<(u64, usize)> = numbers.zip(0..).collect();
    order.sort_unstable();
    order
}

/// The values by rising numbers; of those with equal ones the earlier comes first.
pub(crate) fn sorted<T: Copy>(values: &[T], number: impl Fn(&T) -> u64) -> Vec<T> {
    let order = rising(values.iter().map(number));
    let mut sorted = Vec::with_capacity(order.len());
    sorted.extend(order.into_iter().filter_map(|(_, at)| values.get(at).copied()));
    sorted
}

#[cfg(test)]
mod tests {
    use super::{rising, sorted};

    #[test]
    fn values_are_sorted_and_equal_ones_stay_in_their_order() {
        let values = [(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd')];
        assert_eq!(sorted(&values, |(number, _)| *number), [(1, 'b'), (2, 'd'), (3, 'a'), (3, 'c')]);
        assert_eq!(rising([5, 4, 5].into_iter()), [(4, 1), (5, 0), (5, 2)]);
        assert!(sorted(&[0_u8; 0], |_| 0).is_empty());
    }
}

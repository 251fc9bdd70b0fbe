//! VirtualTime: how much service a member of weight 1 ought to have had by now.
//!
//! It is the mean of what the members have had, weighted by their weights, so their lags always add up to zero: what
//! one has had too little, the others have had too much (Stoica & Abdel-Wahab 1995, section 3).
//!
//! *Units.* Service is counted in *grains*, of which 2^20 make a nanosecond of the core. Virtual time is counted in
//! *ticks*: a member of weight `w` that is served for one grain goes on by `1/w` ticks.
//!
//! *Invariants.* The mean is kept exactly: its whole ticks, and what is over as a numerator over the sum of the
//! weights, from zero up to, not including, that sum. Nothing is lost to rounding, however long it runs. All sums are
//! saturating; since a charge is less than 2^84 grains, the first that could saturate is the 2^43rd of 584 years
//! each.
//!
//! It does not know who the members are.

/// Grains in a nanosecond.
pub(crate) const GRAINS_PER_NS: i128 = 1 << 20;

/// The virtual time of one core.
#[derive(Debug)]
pub(crate) struct VirtualTime {
    now: i128,
    over: i128,
    weight: i128,
}

impl VirtualTime {
    /// A core without members, at tick zero.
    pub(crate) const fn new() -> Self {
        Self { now: 0, over: 0, weight: 0 }
    }

    /// The time in whole ticks, rounded down. Whoever is at or before this tick is at or before the exact time too.
    pub(crate) const fn now(&self) -> i128 {
        self.now
    }

    /// A member of this weight that stands at tick `at` is counted from now on.
    pub(crate) fn enter(&mut self, weight: i128, at: i128) {
        let ahead = weight.saturating_mul(at.saturating_sub(self.now));
        self.weight = self.weight.saturating_add(weight);
        self.advance(ahead);
    }

    /// A member of this weight that stands at tick `at` is no longer counted. What it lacks or owes is shared by the
    /// others.
    pub(crate) fn exit(&mut self, weight: i128, at: i128) {
        let ahead = weight.saturating_mul(at.saturating_sub(self.now));
        self.weight = self.weight.saturating_sub(weight);
        self.advance(ahead.saturating_neg());
    }

    /// The members have come forward by this many ticks, each times its weight.
    pub(crate) fn advance(&mut self, weighted: i128) {
        if self.weight <= 0 {
            self.over = 0;
            return;
        }
        let over = self.over.saturating_add(weighted);
        self.now = self.now.saturating_add(over.div_euclid(self.weight));
        self.over = over.rem_euclid(self.weight);
    }

    /// Where a member of this weight has to stand so that it lacks `lag` grains once it is counted; later by less
    /// than a tick if that is between two. Entering moves the time by its share of the lag, which is reckoned in
    /// here. A member that is alone can lack nothing.
    pub(crate) fn place(&self, weight: i128, lag: i128) -> i128 {
        let product = self.weight.saturating_mul(weight);
        if product <= 0 {
            return self.now;
        }
        let sum = self.weight.saturating_add(weight);
        self.now.saturating_sub(lag.saturating_mul(sum).div_euclid(product))
    }

    /// What a member of this weight that stands at tick `at` lacks, in grains; negative if it owes.
    pub(crate) fn lag(&self, weight: i128, at: i128) -> i128 {
        weight.saturating_mul(self.now.saturating_sub(at))
    }
}

#[cfg(test)]
impl VirtualTime {
    /// Whether this is the mean of these members, each with its weight and tick.
    pub(crate) fn is_mean_of(&self, members: impl Iterator<Item = (i128, i128)>) -> bool {
        let (weight, ahead) = members
            .fold((0, 0), |(sum, ahead), (weight, at)| (sum + weight, ahead + weight * (at - self.now)));
        weight == self.weight && ahead == self.over && (0..weight.max(1)).contains(&self.over)
    }
}

#[cfg(test)]
mod tests {
    use super::VirtualTime;
    use proptest::prelude::*;

    #[test]
    fn time_goes_slower_the_more_weight_there_is() {
        let mut time = VirtualTime::new();
        time.enter(1, 0);
        time.advance(12);
        assert_eq!(time.now(), 12);
        time.enter(2, 12);
        time.advance(12);
        assert_eq!(time.now(), 16);
        time.advance(2);
        time.advance(1);
        assert_eq!(time.now(), 17);
    }

    proptest! {
        #[test]
        fn who_leaves_and_comes_back_lacks_what_it_lacked(
            others in 1..1_i128 << 40,
            weight in 1..1_i128 << 20,
            lag in -(1_i128 << 57)..1 << 57,
        ) {
            let mut time = VirtualTime::new();
            time.enter(others, 0);
            let at = time.place(weight, lag);
            time.enter(weight, at);
            prop_assert!(time.is_mean_of([(others, 0), (weight, at)].into_iter()));
            // Two roundings, each by less than a tick.
            let back = time.lag(weight, at);
            prop_assert!(back <= lag && lag - back <= 2 * weight, "{lag} grains became {back}");
            time.exit(weight, at);
            prop_assert!(time.is_mean_of([(others, 0)].into_iter()));
        }
    }
}

//! A core that is shared, simulated: who had how much of it, and who had to wait for how long.

use proptest::prelude::*;
use spindle_policy::Fair;

use crate::dice::Dice;

/// Weight and slice of one that shares the core.
type Wish = (u32, u64);

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec((1..20_u32, 500_000..8_000_000_u64), 1..7)
}

/// A core with all of them, and what each has had.
struct Core {
    fair: Fair<usize>,
    wishes: Vec<Wish>,
    had_ns: Vec<u64>,
    now_ns: u64,
}

impl Core {
    fn new(wishes: &[Wish]) -> Self {
        let mut fair = Fair::new();
        for (id, (weight, slice_ns)) in wishes.iter().enumerate() {
            fair.join(id, *weight, *slice_ns).unwrap();
        }
        Self { fair, wishes: wishes.to_vec(), had_ns: vec![0; wishes.len()], now_ns: 0 }
    }

    fn all_ready(wishes: &[Wish]) -> Self {
        let mut core = Self::new(wishes);
        (0..wishes.len()).for_each(|id| core.fair.ready(id).unwrap());
        core
    }

    /// Runs whoever is picked, for no longer than it has left.
    fn run(&mut self, at_most_ns: u64) -> Option<usize> {
        let id = self.fair.pick()?;
        let ran_ns = at_most_ns.min(self.fair.left_ns(id).unwrap());
        self.charge(id, ran_ns);
        Some(id)
    }

    fn charge(&mut self, id: usize, ran_ns: u64) {
        self.fair.charge(id, ran_ns).unwrap();
        self.had_ns[id] += ran_ns;
        self.now_ns += ran_ns;
    }

    fn weight(&self) -> u64 {
        self.wishes.iter().map(|(weight, _)| u64::from(*weight)).sum()
    }

    /// What `id` has had less than its share of all the time that has passed.
    fn lacks_ns(&self, id: usize) -> i128 {
        let share = i128::from(self.now_ns) * i128::from(self.wishes[id].0) / i128::from(self.weight());
        share - i128::from(self.had_ns[id])
    }

    fn longest_slice_ns(&self) -> u64 {
        self.wishes.iter().map(|(_, slice_ns)| *slice_ns).max().unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn shares_are_as_the_weights_after_a_while(wishes in wishes(), tick_ns in 500_000..2_000_000_u64, seed: u64) {
        let (mut core, mut dice) = (Core::all_ready(&wishes), Dice::new(seed));
        let least = wishes.iter().map(|(weight, _)| u64::from(*weight)).min().unwrap();
        let bound_ns = core.longest_slice_ns() + tick_ns;
        // So long that the least share is a hundred times what anyone may lack.
        let end_ns = 100 * bound_ns * core.weight() / least;
        while core.now_ns < end_ns {
            // Late as a tick may be: it does not know what is left.
            let id = core.fair.pick().unwrap();
            core.charge(id, 1 + dice.below(tick_ns));
        }
        for (id, (weight, _)) in wishes.iter().enumerate() {
            let share_ns = i128::from(core.now_ns) * i128::from(*weight) / i128::from(core.weight());
            prop_assert!(core.lacks_ns(id).abs() * 100 <= share_ns, "{id} had {} of {share_ns}", core.had_ns[id]);
        }
    }

    #[test]
    fn nobody_lacks_or_owes_more_than_a_slice(wishes in wishes(), tick_ns in 1..500_000_u64) {
        let mut core = Core::all_ready(&wishes);
        for _ in 0..5_000 {
            core.run(tick_ns).unwrap();
            for (id, (_, slice_ns)) in wishes.iter().enumerate() {
                let lag_ns = core.fair.lag_ns(id).unwrap();
                prop_assert!(lag_ns.unsigned_abs() <= slice_ns + 2, "{id} lacks {lag_ns} of {slice_ns}");
                // What it says is what an account of all that ran says.
                prop_assert!((core.lacks_ns(id) - i128::from(lag_ns)).abs() <= 2);
            }
        }
    }

    #[test]
    fn sleepers_starve_nobody_and_do_not_starve(wishes in wishes(), tick_ns in 1..2_000_000_u64, seed: u64) {
        let (mut core, mut dice) = (Core::new(&wishes), Dice::new(seed));
        let bound_ns: u64 = wishes.iter().map(|(_, slice_ns)| slice_ns + tick_ns).sum();
        let mut waits_since = vec![None; wishes.len()];
        for _ in 0..20_000 {
            let id = usize::try_from(dice.below(wishes.len() as u64)).unwrap();
            // The first never sleeps.
            if id != 0 && dice.below(3) == 0 {
                core.fair.blocked(id).unwrap();
                waits_since[id] = None;
            } else {
                core.fair.ready(id).unwrap();
                waits_since[id] = waits_since[id].or(Some(core.now_ns));
            }
            let Some(ran) = core.run(1 + dice.below(tick_ns)) else { continue };
            prop_assert!(waits_since[ran].is_some());
            waits_since[ran] = Some(core.now_ns);
            for (id, since) in waits_since.iter().enumerate().filter_map(|(id, since)| Some((id, (*since)?))) {
                // What it owes and what it asks for are a slice each, and so are what each other lacks and asks for.
                let longest_ns = 2 * bound_ns * core.weight() / u64::from(wishes[id].0);
                prop_assert!(core.now_ns - since <= longest_ns, "{id} waits for {}", core.now_ns - since);
            }
        }
        prop_assert!(core.lacks_ns(0) <= i128::from(bound_ns), "the one awake lacks {}", core.lacks_ns(0));
    }

    #[test]
    fn to_sleep_for_no_time_gains_and_loses_nothing(wishes in wishes(), tick_ns in 1..500_000_u64, seed: u64) {
        let (mut core, mut dice) = (Core::all_ready(&wishes), Dice::new(seed));
        for _ in 0..20_000 {
            // Late, so that some owe more than a slice.
            let id = core.fair.pick().unwrap();
            core.charge(id, 1 + dice.below(tick_ns));
            if id % 2 == 0 && dice.below(3) == 0 {
                core.fair.blocked(id).unwrap();
                core.fair.ready(id).unwrap();
            }
        }
        for (id, (_, slice_ns)) in wishes.iter().enumerate() {
            // Besides what it may lack in any case: two nanoseconds for each time somebody slept.
            let bound_ns = i128::from(slice_ns + tick_ns + 40_000);
            prop_assert!(core.lacks_ns(id).abs() <= bound_ns, "{id} lacks {} of {slice_ns}", core.lacks_ns(id));
        }
    }

    #[test]
    fn shares_follow_the_weights_when_they_change(wishes in wishes(), weight in 1..20_u32) {
        let mut core = Core::all_ready(&wishes);
        (0..1_000).for_each(|_| assert!(core.run(300_000).is_some()));
        core.fair.set_weight(0, weight).unwrap();
        core.wishes[0].0 = weight;
        (core.now_ns, core.had_ns) = (0, vec![0; wishes.len()]);
        (0..20_000).for_each(|_| assert!(core.run(300_000).is_some()));
        for (id, (_, slice_ns)) in wishes.iter().enumerate() {
            // What it lacked before counts too.
            prop_assert!(core.lacks_ns(id).abs() <= i128::from(2 * slice_ns + 2));
        }
    }
}

#[test]
fn a_short_slice_is_served_sooner_and_not_more_often() {
    let mut core = Core::all_ready(&[(1, 10_000_000), (1, 10_000_000), (1, 1_000_000)]);
    let mut longest_ns = [0; 3];
    let mut last_ns = [0; 3];
    for _ in 0..10_000 {
        let before_ns = core.now_ns;
        let id = core.run(100_000).unwrap();
        longest_ns[id] = longest_ns[id].max(before_ns - last_ns[id]);
        last_ns[id] = core.now_ns;
    }
    assert!(longest_ns[2] <= 4_000_000, "{longest_ns:?}");
    assert!(longest_ns[0] >= 10_000_000, "{longest_ns:?}");
    assert!(core.lacks_ns(2).abs() <= 1_000_000);
}

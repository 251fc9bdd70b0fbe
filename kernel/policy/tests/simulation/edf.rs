//! A core with deadlines, simulated: jobs come, are preempted and done, and none is late.

use proptest::prelude::*;
use spindle_policy::{Edf, EdfError};

use crate::dice::Dice;

/// One whose jobs are simulated.
struct Task {
    period_ns: u64,
    budget_ns: u64,
    /// Whether its jobs never end.
    overruns: bool,
    next_ns: u64,
    /// Deadline of the job that is there, and how long it still takes.
    job: Option<(u64, u64)>,
}

struct Core {
    edf: Edf<usize>,
    tasks: Vec<Task>,
    now_ns: u64,
    done: u64,
    had_ns: Vec<u64>,
    /// Whether one that overruns waits now and then, for no time, and hopes for a new budget.
    tricks: bool,
}

impl Core {
    /// As many of these, given as period and share in a thousandth of it, as are admitted, and one that takes the
    /// rest.
    fn new(wishes: &[(u64, u64)], bound_ppm: u32, overruns: Option<usize>) -> Self {
        let mut core = Self {
            edf: Edf::new(bound_ppm),
            tasks: Vec::new(),
            now_ns: 0,
            done: 0,
            had_ns: Vec::new(),
            tricks: false,
        };
        for (period_ns, share) in wishes {
            core.admit(*period_ns, (period_ns * share / 1_000).max(1));
        }
        let rest_ppm = u64::from(bound_ppm) - core.edf.load_ppm();
        core.admit(1_000_000, rest_ppm);
        if let Some(task) = overruns.map(|at| at % core.tasks.len()).and_then(|at| core.tasks.get_mut(at)) {
            task.overruns = true;
        }
        core
    }

    fn admit(&mut self, period_ns: u64, budget_ns: u64) {
        if self.edf.admit(self.tasks.len(), period_ns, budget_ns).is_ok() {
            self.tasks.push(Task { period_ns, budget_ns, overruns: false, next_ns: 0, job: None });
            self.had_ns.push(0);
        }
    }

    /// Lets the jobs come whose time it is; the next one of each comes a period later, or some time after that.
    fn arrive(&mut self, dice: &mut Dice, is_sporadic: bool) {
        for (id, task) in self.tasks.iter_mut().enumerate() {
            if task.next_ns > self.now_ns || task.job.is_some() {
                continue;
            }
            let takes_ns = if task.overruns {
                u64::MAX
            } else if is_sporadic {
                1 + dice.below(task.budget_ns)
            } else {
                task.budget_ns
            };
            task.job = Some((task.next_ns + task.period_ns, takes_ns));
            task.next_ns += task.period_ns + if is_sporadic { dice.below(task.period_ns) } else { 0 };
            self.edf.ready(id, self.now_ns).unwrap();
        }
    }

    /// Runs whoever is picked until something happens; says who was late.
    fn run(&mut self, dice: &mut Dice) -> Result<(), String> {
        let arrivals = self.tasks.iter().filter(|task| task.job.is_none()).map(|task| task.next_ns);
        let waiting = self.tasks.iter().filter(|task| !task.overruns && task.job.is_some());
        let next_ns =
            arrivals.chain(waiting.map(|task| task.next_ns)).filter(|next| *next > self.now_ns).min();
        let until_ns = next_ns.map_or(u64::MAX, |next| next - self.now_ns);
        let Some(id) = self.edf.pick() else {
            self.now_ns += until_ns;
            return Ok(());
        };
        let task = &mut self.tasks[id];
        let (deadline_ns, takes_ns) = task.job.ok_or("who has no job was picked")?;
        let ran_ns = takes_ns.min(until_ns).min(self.edf.left_ns(id).unwrap());
        self.now_ns += ran_ns;
        self.had_ns[id] += ran_ns;
        self.edf.charge(id, ran_ns, self.now_ns).unwrap();
        task.job = Some((deadline_ns, takes_ns - ran_ns));
        self.late()?;
        if self.tasks[id].overruns && self.tricks && dice.below(4) == 0 {
            self.edf.blocked(id).unwrap();
            self.edf.ready(id, self.now_ns).unwrap();
        } else if takes_ns == ran_ns {
            self.tasks[id].job = None;
            self.done += 1;
            self.edf.blocked(id).unwrap();
        }
        Ok(())
    }

    fn late(&self) -> Result<(), String> {
        let (late, now_ns) = (|task: &&Task| task.job.is_some_and(|(by, _)| by < self.now_ns), self.now_ns);
        match self.tasks.iter().filter(|task| !task.overruns).find(late) {
            Some(task) => Err(format!("of {} every {} late at {now_ns}", task.budget_ns, task.period_ns)),
            None => Ok(()),
        }
    }

    fn simulate(&mut self, seed: u64, is_sporadic: bool) -> Result<(), TestCaseError> {
        let mut dice = Dice::new(seed);
        for _ in 0..5_000 {
            self.arrive(&mut dice, is_sporadic);
            self.run(&mut dice).map_err(TestCaseError::fail)?;
        }
        Ok(())
    }
}

fn wishes() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((1_000..5_000_000_u64, 1..600_u64), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_deadline_is_missed_up_to_the_bound(wishes in wishes(), seed: u64, is_sporadic: bool) {
        // All of the core, too: nothing but the policy takes time here.
        for bound_ppm in [950_000, 1_000_000] {
            let mut core = Core::new(&wishes, bound_ppm, None);
            core.simulate(seed, is_sporadic)?;
            prop_assert!(core.done > 500);
        }
    }

    #[test]
    fn one_that_overruns_makes_nobody_else_late(
        wishes in wishes(),
        seed: u64,
        is_sporadic: bool,
        tricks: bool,
        who: usize,
    ) {
        let mut core = Core::new(&wishes, 1_000_000, Some(who));
        core.tricks = tricks;
        core.simulate(seed, is_sporadic)?;
        // And has what it was admitted with all the same, unless it gave up what was left of a budget for a new one.
        let (task, had_ns) = core.tasks.iter().zip(&core.had_ns).find(|(task, _)| task.overruns).unwrap();
        prop_assert!(tricks || had_ns / task.budget_ns >= core.now_ns / task.period_ns);
    }

    #[test]
    fn what_is_beyond_the_bound_is_refused_with_both_figures(wishes in wishes(), extra_ppm in 1..50_000_u64) {
        let mut core = Core::new(&wishes, 950_000, None);
        let taken_ppm = core.edf.load_ppm();
        prop_assert!((949_999..=950_000).contains(&taken_ppm));
        let asked_ppm = 950_000 - taken_ppm + extra_ppm;
        let refused = core.edf.admit(99, 1_000_000, asked_ppm);
        prop_assert_eq!(refused, Err(EdfError::Load { taken_ppm, asked_ppm, bound_ppm: 950_000 }));
        prop_assert_eq!(core.edf.load_ppm(), taken_ppm);
        prop_assert_eq!(core.edf.deadline_of(99), None);
    }
}

//! The dispatcher against a reference model: any history of installs, swaps, raises and failures gives the same.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

mod real;
mod reference;
mod words;

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use spindle_event::mailbox::{self, Arrivals};
use spindle_event::{Binding, Imposition, Rank, State, cores, swap};
use spindle_sync::grace::Reader;
use spindle_sync::{Authority, GRACE};

use real::EVENTS;
use reference::{Bad, Model, Sent};
use words::{Form, Key, Pattern, Wanted};

/// Which of the bindings or imposed guards there are, by its number, or that modulo how many there are.
type Which = usize;

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Install(usize, Wanted),
    Uninstall(Which),
    PutBack(Which),
    Swap {
        off: Vec<Which>,
        on: Vec<Which>,
    },
    /// Impose a guard that does not let multiples pass.
    Impose(Which, u8),
    Lift(Which),
    /// From now on handlers and guards with these bits fail, if they can be given up.
    Fail(Bad),
    Raise(usize, u8),
    Post(usize, u8),
    /// Run what has arrived.
    Turn,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let form = prop_oneof![
        6 => Just(Form::Handler),
        1 => Just(Form::Default),
        1 => Just(Form::Filter),
        1 => Just(Form::Later),
    ];
    let rank = prop_oneof![3 => Just(Rank::Ordinary), 1 => Just(Rank::First), 1 => Just(Rank::Last)];
    let from = prop::option::weighted(0.3, 0..16_u8);
    let pattern = prop_oneof![
        (0..16_u8).prop_map(Pattern::Equal),
        (0..16_u8, 0..16_u8).prop_map(|(one, other)| Pattern::OneOf(one, other)),
        (0..16_u8, 0..16_u8).prop_map(|(one, other)| Pattern::Range(one.min(other), one.max(other))),
        (0..16_u8, 0..5_u32).prop_map(|(value, bits)| Pattern::Prefix(value, bits)),
    ];
    let of_value = pattern.prop_map(|pattern| (Key::Value, pattern));
    let of_parity = (0..2_u8).prop_map(|parity| (Key::Parity, Pattern::Equal(parity)));
    let keys = prop_oneof![
        2 => Just(Vec::new()),
        2 => prop::collection::vec(prop_oneof![3 => of_value, 1 => of_parity], 1..3),
    ];
    (form, rank, from, keys, any::<bool>()).prop_map(|(form, rank, from, keys, has_budget)| Wanted {
        form,
        rank,
        from,
        keys,
        has_budget,
    })
}

/// Mostly about the one event, so that it has several handlers in a short history.
fn step(most: usize) -> impl Strategy<Value = Step> {
    let event = move || prop_oneof![4 => Just(most), 1 => 0..EVENTS.len()];
    let which = || 0..30_usize;
    let some = || prop::collection::vec(which(), 0..4);
    // Few at a time, or nobody is left.
    let bits =
        || prop_oneof![2 => Just(0), 3 => (any::<u64>(), any::<u64>()).prop_map(|(one, other)| one & other)];
    prop_oneof![
        8 => (event(), wanted()).prop_map(|(event, wanted)| Step::Install(event, wanted)),
        2 => which().prop_map(Step::Uninstall),
        1 => which().prop_map(Step::PutBack),
        2 => (some(), some()).prop_map(|(off, on)| Step::Swap { off, on }),
        2 => (which(), 1..5_u8).prop_map(|(which, divisor)| Step::Impose(which, divisor)),
        1 => which().prop_map(Step::Lift),
        1 => (bits(), bits()).prop_map(|(handlers, guards)| Step::Fail(Bad { handlers, guards })),
        8 => (event(), 0..16_u8).prop_map(|(event, args)| Step::Raise(event, args)),
        2 => (event(), 0..16_u8).prop_map(|(event, args)| Step::Post(event, args)),
        1 => Just(Step::Turn),
    ]
}

/// Both, side by side.
struct Pair<'a> {
    core: &'a mut Reader,
    arrivals: &'a mut Arrivals,
    model: Model,
    bindings: Vec<Binding>,
    /// Of which binding, and what to lift it by.
    impositions: Vec<(usize, Option<Imposition>)>,
}

type Verdict = Result<(), TestCaseError>;

impl Pair<'_> {
    fn step(&mut self, step: Step) -> Verdict {
        let count = self.bindings.len();
        match step {
            Step::Install(event, wanted) => self.install(event, wanted)?,
            Step::Raise(event, args) => {
                real::set_failing(self.model.failing());
                prop_assert_eq!(EVENTS[event].raise(args), self.model.raise(event, args));
            }
            Step::Post(event, args) => {
                EVENTS[event].post(cores::current(), args);
                self.model.sent.push_back(Sent::Raise(event, args));
            }
            Step::Turn => self.turn()?,
            Step::Fail(bad) => self.model.bad = bad,
            Step::Lift(which) if !self.impositions.is_empty() => {
                let name = which % self.impositions.len();
                let (number, imposition) = self.impositions[name];
                let event = EVENTS[self.model.bounds[number].event];
                let was_lifted = imposition.is_some_and(|imposition| event.lift(imposition));
                prop_assert_eq!(was_lifted, self.model.lift(number, name));
            }
            Step::Lift(_) => {}
            _ if count == 0 => {}
            Step::Uninstall(which) => {
                let number = which % count;
                let was_installed = self.bindings[number].uninstall_soon().was_installed();
                prop_assert_eq!(was_installed, self.model.remove(number, State::Off));
            }
            Step::PutBack(which) => {
                let number = which % count;
                prop_assert_eq!(self.bindings[number].install().is_ok(), self.model.install(number));
            }
            Step::Swap { off, on } => {
                let [off, on] = [off, on].map(|some| some.iter().map(|which| which % count).collect());
                self.swap(off, on)?;
            }
            Step::Impose(which, divisor) => {
                let (number, name) = (which % count, self.impositions.len());
                let event = EVENTS[self.model.bounds[number].event];
                let imposition = event.impose(self.bindings[number].id(), number, divisor);
                prop_assert_eq!(imposition.is_some(), self.model.impose(number, name, divisor));
                self.impositions.push((number, imposition));
            }
        }
        self.compare()
    }

    fn install(&mut self, event: usize, wanted: Wanted) -> Verdict {
        let number = self.model.create(event, wanted.clone());
        let is_done = self.model.install(number);
        if !is_done {
            self.model.bounds.pop();
        }
        let binding = EVENTS[event].bind(number, &wanted);
        prop_assert_eq!(binding.is_ok(), is_done);
        self.bindings.extend(binding);
        Ok(())
    }

    fn swap(&mut self, off: Vec<usize>, on: Vec<usize>) -> Verdict {
        let bindings = |some: &[usize]| some.iter().map(|number| &self.bindings[*number]).collect::<Vec<_>>();
        let outcome = swap(&bindings(&off), &bindings(&on));
        prop_assert_eq!(outcome.is_ok(), self.model.swap(&off, &on));
        Ok(())
    }

    fn turn(&mut self) -> Verdict {
        while let Some(arrived) = self.arrivals.pop() {
            let Some(sent) = self.model.sent.pop_front() else {
                return Err(TestCaseError::fail("more has arrived than was sent"));
            };
            real::set_failing(self.model.failing());
            mailbox::run(arrived);
            self.model.arrive(sent);
            self.compare()?;
        }
        prop_assert!(self.model.sent.is_empty(), "{:?} never arrived", self.model.sent);
        Ok(())
    }

    /// That the same code was entered, and everybody is in the same state.
    fn compare(&mut self) -> Verdict {
        prop_assert_eq!(real::take_log(), std::mem::take(&mut self.model.log));
        for (number, (binding, bound)) in self.bindings.iter().zip(&self.model.bounds).enumerate() {
            prop_assert_eq!(binding.state(), bound.state, "binding {}", number);
        }
        Ok(())
    }

    fn play(&mut self, history: Vec<Step>) -> Verdict {
        for step in history {
            self.step(step)?;
            self.core.quiet();
            GRACE.reclaim();
        }
        self.turn()
    }
}

impl Drop for Pair<'_> {
    /// Leaves the events as they were, for the next history.
    fn drop(&mut self) {
        for binding in self.bindings.drain(..) {
            binding.uninstall_soon();
        }
        real::set_failing(Bad::default());
        while let Some(arrived) = self.arrivals.pop() {
            mailbox::run(arrived);
        }
        real::take_log();
    }
}

/// How many histories: more when the soak asks for more.
fn cases() -> u32 {
    let factor = std::env::var("SPINDLE_SOAK").ok().and_then(|factor| factor.parse().ok());
    10_000 * factor.unwrap_or(1)
}

/// Says nothing of panics that are part of a history: what they throw is no text.
fn hush() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str().is_some() {
            tell(panic);
        }
    }));
}

#[test]
fn any_history_agrees_with_the_model() {
    hush();
    let core = GRACE.register_thread();
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    let authority = unsafe { Authority::mint() };
    let arrivals = mailbox::open(&authority, cores::current(), 1024).expect("closed so far");
    let machine = RefCell::new((core, arrivals));
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let histories = (0..EVENTS.len()).prop_flat_map(|most| prop::collection::vec(step(most), 1..40));
    let outcome = TestRunner::new(config).run(&histories, |history| {
        let (core, arrivals) = &mut *machine.borrow_mut();
        let (bindings, impositions) = (Vec::new(), Vec::new());
        Pair { core, arrivals, model: Model::default(), bindings, impositions }.play(history)?;
        let left: Vec<usize> = EVENTS.iter().map(|event| event.len()).collect();
        prop_assert_eq!(left, [0; EVENTS.len()], "a history leaves nothing behind");
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, history)) => panic!("{reason}\nin this history: {history:#?}"),
        Err(TestError::Abort(reason)) => panic!("given up: {reason}"),
    }
}

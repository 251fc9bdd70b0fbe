//! The dispatcher against a reference model: a vector of handlers, gone through one by one.

use proptest::prelude::*;
use spindle_event::{Binding, Claim, Collect, Event, FirstClaimed, Last, NotHandled};
use spindle_sync::GRACE;

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// Install a handler, for arguments of at least `from` if there is a guard; it claims those above `claims`.
    Install {
        from: Option<u8>,
        claims: u8,
    },
    InstallDefault,
    /// Uninstall the binding at this place among those ever made.
    Uninstall(prop::sample::Index),
    Raise(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (any::<Option<u8>>(), any::<u8>()).prop_map(|(from, claims)| Step::Install { from, claims }),
        1 => Just(Step::InstallDefault),
        3 => any::<prop::sample::Index>().prop_map(Step::Uninstall),
        4 => any::<u8>().prop_map(Step::Raise),
    ]
}

/// A handler as the model keeps it. Its result is its number.
#[derive(Clone, Copy, Debug)]
struct Handler {
    number: usize,
    from: Option<u8>,
    claims: u8,
}

#[derive(Default)]
struct Model {
    handlers: Vec<Handler>,
    default: Option<usize>,
}

impl Model {
    fn collect(&self, args: u8) -> Vec<usize> {
        let runs = |handler: &&Handler| handler.from.is_none_or(|from| args >= from);
        let ran: Vec<usize> = self.handlers.iter().filter(runs).map(|handler| handler.number).collect();
        if ran.is_empty() { self.default.into_iter().collect() } else { ran }
    }

    /// Who claims; the default handler claims everything that comes to it.
    fn claim(&self, args: u8) -> Option<usize> {
        let mut somebody_ran = false;
        for handler in &self.handlers {
            if handler.from.is_none_or(|from| args >= from) {
                somebody_ran = true;
                if args > handler.claims {
                    return Some(handler.number);
                }
            }
        }
        if somebody_ran { None } else { self.default }
    }

    fn uninstall(&mut self, number: usize) -> bool {
        let before = self.handlers.len();
        self.handlers.retain(|handler| handler.number != number);
        self.handlers.len() < before || self.default.take_if(|default| *default == number).is_some()
    }
}

/// The real thing, three times: by what is collected, by what is last, by what is claimed.
struct Real {
    collect: &'static Event<u8, usize, Collect>,
    last: &'static Event<u8, usize, Last>,
    claim: &'static Event<u8, Claim<usize>, FirstClaimed>,
    bindings: Vec<[Binding; 3]>,
}

impl Real {
    fn new() -> Self {
        Self {
            collect: Box::leak(Box::new(Event::new("collect"))),
            last: Box::leak(Box::new(Event::new("last"))),
            claim: Box::leak(Box::new(Event::new("claim"))),
            bindings: Vec::new(),
        }
    }

    fn install(&mut self, Handler { number, from, claims }: Handler) {
        let claim = move |args: &u8| if *args > claims { Claim::Claimed(number) } else { Claim::Passed };
        let bindings = match from {
            None => [
                self.collect.install(move |_| number),
                self.last.install(move |_| number),
                self.claim.install(claim),
            ],
            Some(from) => [
                self.collect.bind().guard(move |args: &u8| *args >= from).install(move |_| number),
                self.last.bind().guard(move |args: &u8| *args >= from).install(move |_| number),
                self.claim.bind().guard(move |args: &u8| *args >= from).install(claim),
            ],
        };
        self.bindings.push(bindings.map(|binding| binding.expect("room for one more")));
    }

    /// Whether all three took it.
    fn install_default(&mut self, number: usize) -> bool {
        let bindings = (
            self.collect.install_default(move |_| number),
            self.last.install_default(move |_| number),
            self.claim.install_default(move |_| Claim::Claimed(number)),
        );
        let (Ok(collect), Ok(last), Ok(claim)) = bindings else { return false };
        self.bindings.push([collect, last, claim]);
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_of_installs_and_raises_agrees_with_the_model(
        history in prop::collection::vec(step(), 1..40),
    ) {
        let mut core = GRACE.register_thread();
        let mut model = Model::default();
        let mut real = Real::new();
        for step in history {
            let number = real.bindings.len();
            match step {
                Step::Install { from, claims } => {
                    let handler = Handler { number, from, claims };
                    model.handlers.push(handler);
                    real.install(handler);
                }
                Step::InstallDefault => {
                    prop_assert_eq!(real.install_default(number), model.default.is_none());
                    model.default.get_or_insert(number);
                }
                Step::Uninstall(_) if number == 0 => {}
                Step::Uninstall(which) => {
                    let number = which.index(number);
                    let expected = model.uninstall(number);
                    for binding in &real.bindings[number] {
                        prop_assert_eq!(binding.uninstall(), expected);
                    }
                }
                Step::Raise(args) => {
                    let expected = model.collect(args);
                    prop_assert_eq!(real.last.raise(&args), expected.last().copied().ok_or(NotHandled));
                    prop_assert_eq!(real.collect.raise(&args), expected);
                    prop_assert_eq!(real.claim.raise(&args), model.claim(args).ok_or(NotHandled));
                }
            }
            core.quiet();
            GRACE.reclaim();
        }
    }
}

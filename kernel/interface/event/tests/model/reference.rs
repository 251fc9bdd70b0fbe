//! The reference: handlers in a vector, gone through one by one.

use std::collections::VecDeque;

use spindle_event::{NotHandled, Rank, State};

use crate::words::{Form, Key, Pattern, Wanted, altered, claims};

/// How often a handler may fail before it is quarantined.
pub(crate) const STRIKES: u32 = 2;
/// How the results of each event are merged.
pub(crate) const MERGES: [&str; 4] = ["collect", "last", "first claimed", "sum"];

#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) event: usize,
    pub(crate) wanted: Wanted,
    pub(crate) state: State,
    strikes: u32,
    /// Imposed guards: by name, and what they do not let pass the multiples of.
    imposed: Vec<(usize, u8)>,
}

/// What has been sent and has not arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent {
    Raise(usize, u8),
    Run(usize, u8),
    Tell,
}

/// Who fails where it can be given up: bits by number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bad {
    pub(crate) handlers: u64,
    pub(crate) guards: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Model {
    /// By number, in the order of their first installs.
    pub(crate) bounds: Vec<Bound>,
    /// Of each event the installed ones but the default, in the order in which they run.
    orders: [Vec<usize>; MERGES.len()],
    pub(crate) sent: VecDeque<Sent>,
    /// Whose code was entered, with which arguments.
    pub(crate) log: Vec<(usize, u8)>,
    pub(crate) bad: Bad,
}

impl Bound {
    fn is_meant(&self, args: u8) -> bool {
        let of = |key| if key == Key::Value { args } else { args % 2 };
        self.wanted.keys.iter().all(|(key, pattern)| pattern.holds(of(*key)))
    }

    fn is_guarded(&self) -> bool {
        self.wanted.from.is_some() || !self.imposed.is_empty()
    }

    fn holds(&self, args: u8) -> bool {
        let imposed = self.imposed.iter().all(|(_, divisor)| !args.is_multiple_of(*divisor));
        imposed && self.wanted.from.is_none_or(|from| args >= from)
    }

    /// The bits of the prefix that it asks for first, if the arguments begin with it.
    fn prefix(&self, args: u8) -> Option<u32> {
        match self.wanted.keys.first() {
            Some((_, prefix @ Pattern::Prefix(_, bits))) => prefix.holds(args).then_some(*bits),
            _ => None,
        }
    }
}

impl Model {
    /// Installs what is off, or says why not.
    pub(crate) fn install(&mut self, number: usize) -> bool {
        let Bound { event, ref wanted, state, .. } = self.bounds[number];
        match state {
            State::Installed => return true,
            State::Quarantined | State::Gone => return false,
            State::Off => {}
        }
        let order = &mut self.orders[event];
        let is_last = |other: &usize| self.bounds[*other].wanted.rank == Rank::Last;
        match wanted.rank {
            _ if wanted.form == Form::Default => {
                if self.default(event).is_some() {
                    return false;
                }
            }
            Rank::First => order.insert(0, number),
            Rank::Ordinary => {
                let at = order.iter().rposition(|other| !is_last(other)).map_or(0, |at| at + 1);
                order.insert(at, number);
            }
            Rank::Last => order.push(number),
        }
        self.bounds[number].state = State::Installed;
        true
    }

    pub(crate) fn create(&mut self, event: usize, wanted: Wanted) -> usize {
        self.bounds.push(Bound { event, wanted, state: State::Off, strikes: 0, imposed: Vec::new() });
        self.bounds.len() - 1
    }

    pub(crate) fn remove(&mut self, number: usize, state: State) -> bool {
        let was_installed = self.bounds[number].state == State::Installed;
        if was_installed {
            self.orders[self.bounds[number].event].retain(|other| *other != number);
            self.bounds[number].state = state;
        }
        was_installed
    }

    pub(crate) fn swap(&mut self, off: &[usize], on: &[usize]) -> bool {
        let before = self.clone();
        for &number in off.iter().filter(|number| !on.contains(number)) {
            self.remove(number, State::Off);
        }
        let is_done = on.iter().all(|&number| self.install(number));
        if !is_done {
            *self = before;
        }
        is_done
    }

    pub(crate) fn impose(&mut self, number: usize, name: usize, divisor: u8) -> bool {
        let bound = &mut self.bounds[number];
        let is_there = bound.state != State::Quarantined;
        if is_there {
            bound.imposed.push((name, divisor));
        }
        is_there
    }

    pub(crate) fn lift(&mut self, number: usize, name: usize) -> bool {
        let bound = &mut self.bounds[number];
        let before = bound.imposed.len();
        if bound.state != State::Quarantined {
            bound.imposed.retain(|(other, _)| *other != name);
        }
        bound.imposed.len() < before
    }

    fn default(&self, event: usize) -> Option<usize> {
        let is_it = |bound: &Bound| {
            bound.event == event && bound.wanted.form == Form::Default && bound.state == State::Installed
        };
        self.bounds.iter().position(is_it)
    }

    /// Those who fail when they are called now: a handler only if it has a budget, or where the walk is held to a boundary
    /// for the sake of guards.
    pub(crate) fn failing(&self) -> Bad {
        let is_contained =
            |event: usize| self.orders[event].iter().any(|number| self.bounds[*number].is_guarded());
        let can_fail = |bound: &Bound| {
            let is_walked = matches!(bound.wanted.form, Form::Handler | Form::Filter);
            bound.wanted.has_budget || is_walked && is_contained(bound.event)
        };
        let fallible = self.bounds.iter().enumerate().filter(|(_, bound)| can_fail(bound));
        let fallible = fallible.fold(0, |bits, (number, _)| bits | 1 << number);
        Bad { handlers: self.bad.handlers & fallible, guards: self.bad.guards }
    }

    fn strike(&mut self, number: usize, in_guard: bool) {
        self.bounds[number].strikes += 1;
        if in_guard || self.bounds[number].strikes >= STRIKES {
            self.remove(number, State::Quarantined);
        }
        self.sent.push_back(Sent::Tell);
    }

    /// Whether the handler is to run, by its keys and guards.
    fn asks(&mut self, number: usize, args: u8, failing: Bad) -> bool {
        let bound = &self.bounds[number];
        if !bound.is_meant(args) {
            return false;
        }
        if bound.is_guarded() && failing.guards >> number & 1 == 1 {
            self.strike(number, true);
            return false;
        }
        bound.holds(args)
    }

    /// Whether the handler comes to its end.
    fn runs(&mut self, number: usize, args: u8, failing: Bad) -> bool {
        self.log.push((number, args));
        let fails = failing.handlers >> number & 1 == 1;
        if fails {
            self.strike(number, false);
        }
        !fails
    }

    pub(crate) fn raise(&mut self, event: usize, mut args: u8) -> String {
        let failing = self.failing();
        let default = self.default(event);
        // As they are now: who is given up on the way is off only for the next.
        let order = self.orders[event].clone();
        let bounds = self.bounds.clone();
        let mut ran = Vec::new();
        for &number in &order {
            let Bound { wanted: Wanted { form, ref keys, .. }, .. } = bounds[number];
            let own = bounds[number].prefix(args);
            let is_longer = |other: &usize| {
                let key = |keys: &[(Key, Pattern)]| keys.first().map(|(key, _)| *key);
                key(&bounds[*other].wanted.keys) == key(keys) && bounds[*other].prefix(args) > own
            };
            if own.is_some() && order.iter().any(is_longer) || !self.asks(number, args, failing) {
                continue;
            }
            if form == Form::Later {
                self.sent.push_back(Sent::Run(number, args));
            } else if self.runs(number, args, failing) {
                if form == Form::Filter {
                    args = altered(number, args);
                } else {
                    ran.push((number, args));
                    if MERGES[event] == "first claimed" && claims(number, args) {
                        break;
                    }
                }
            }
        }
        if let Some(number) = default.filter(|_| ran.is_empty())
            && self.asks(number, args, failing)
            && self.runs(number, args, failing)
        {
            ran.push((number, args));
        }
        merged(event, &ran)
    }

    /// What was sent first arrives.
    pub(crate) fn arrive(&mut self, sent: Sent) {
        match sent {
            Sent::Raise(event, args) => {
                self.raise(event, args);
            }
            Sent::Run(number, args) => {
                if self.bounds[number].state == State::Installed {
                    let failing = self.failing();
                    self.runs(number, args, failing);
                }
            }
            Sent::Tell => {}
        }
    }
}

fn merged(event: usize, ran: &[(usize, u8)]) -> String {
    match MERGES[event] {
        "collect" => format!("{ran:?}"),
        "last" => format!("{:?}", ran.last().copied().ok_or(NotHandled)),
        "first claimed" => {
            let claimed = ran.last().copied().filter(|&(number, args)| claims(number, args));
            format!("{:?}", claimed.ok_or(NotHandled))
        }
        _ => format!("{:?}", ran.iter().map(|(number, args)| *number as u64 + u64::from(*args)).sum::<u64>()),
    }
}

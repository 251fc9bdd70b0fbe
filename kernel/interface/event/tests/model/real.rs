//! The dispatcher behind the same words as the reference.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use spindle_event::{
    Binding, BindingId, Budget, Claim, Collect, CoreId, Event, FirstClaimed, Guard, Imposition, InstallError,
    Key, Last, Limits, Merge, Owner, Pattern, Placement, Rank, Sum,
};
use spindle_sync::boundary::overrun_here;

use crate::reference::{Bad, STRIKES};
use crate::words::{self, Form, Wanted, altered, claims};

static OWNER: Owner = Owner::new();
static VALUE: Key<u8> = Key::new("value", |args| spread(*args));
static PARITY: Key<u8> = Key::new("parity", |args| u64::from(args % 2));
static KEYS: [&Key<u8>; 2] = [&VALUE, &PARITY];

static FAILING_HANDLERS: AtomicU64 = AtomicU64::new(0);
static FAILING_GUARDS: AtomicU64 = AtomicU64::new(0);
static LOG: Mutex<Vec<(usize, u8)>> = Mutex::new(Vec::new());

const LIMITS: Limits = Limits { strikes: STRIKES, ..Limits::DEFAULT };

/// Has the handlers and guards of these numbers fail from now on.
pub(crate) fn set_failing(bad: Bad) {
    FAILING_HANDLERS.store(bad.handlers, Ordering::Relaxed);
    FAILING_GUARDS.store(bad.guards, Ordering::Relaxed);
}

/// Whose code was entered since the last call.
pub(crate) fn take_log() -> Vec<(usize, u8)> {
    std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Four bits in front, so that they have prefixes.
fn spread(args: u8) -> u64 {
    u64::from(args) << 60
}

fn fail_if_told(number: usize, bits: &AtomicU64) {
    if bits.load(Ordering::Relaxed) >> number & 1 == 0 {
        return;
    }
    if number.is_multiple_of(2) { overrun_here() } else { std::panic::panic_any(number) }
}

fn enter(number: usize, args: u8) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push((number, args));
    fail_if_told(number, &FAILING_HANDLERS);
}

/// A guard that lets some pass, or all.
struct From {
    number: usize,
    from: Option<u8>,
}

impl Guard<u8> for From {
    fn holds(&self, args: &u8) -> bool {
        let Some(from) = self.from else { return true };
        fail_if_told(self.number, &FAILING_GUARDS);
        *args >= from
    }

    fn can_refuse(&self) -> bool {
        self.from.is_some()
    }
}

fn pattern(key: words::Key, pattern: words::Pattern) -> Pattern {
    let of = |value| if key == words::Key::Value { spread(value) } else { u64::from(value) };
    match pattern {
        words::Pattern::Equal(only) => Pattern::equal(of(only)),
        words::Pattern::OneOf(one, other) => Pattern::one_of([of(one), of(other)]).expect("two"),
        words::Pattern::Range(first, last) => Pattern::range(of(first)..=of(last)).expect("first is least"),
        words::Pattern::Prefix(value, bits) => Pattern::longest_prefix(of(value), bits).expect("short"),
    }
}

/// An event, whatever its results are.
pub(crate) trait Real {
    fn bind(&self, number: usize, wanted: &Wanted) -> Result<Binding, InstallError>;
    fn raise(&self, args: u8) -> String;
    fn post(&self, core: CoreId, args: u8);
    fn impose(&self, binding: BindingId, number: usize, divisor: u8) -> Option<Imposition>;
    fn lift(&self, imposition: Imposition) -> bool;
    fn len(&self) -> usize;
}

struct Typed<R: 'static, M: Merge<R>> {
    event: &'static Event<u8, R, M>,
    result: fn(usize, u8) -> R,
}

impl<R: 'static, M: Merge<R, Output: Debug>> Real for Typed<R, M> {
    fn bind(&self, number: usize, wanted: &Wanted) -> Result<Binding, InstallError> {
        let owned = self.event.owned(&OWNER).expect("ours");
        let mut bind = owned.bind().guard(From { number, from: wanted.from });
        for &(key, asked) in &wanted.keys {
            let of = if key == words::Key::Value { &VALUE } else { &PARITY };
            bind = bind.when(of, pattern(key, asked));
        }
        bind = match wanted.rank {
            Rank::First => bind.first(),
            Rank::Ordinary => bind,
            Rank::Last => bind.last(),
        };
        if wanted.has_budget {
            bind = bind.budget(Budget::microseconds(10));
        }
        let result = self.result;
        let handler = move |args: &u8| {
            enter(number, *args);
            result(number, *args)
        };
        match wanted.form {
            Form::Handler => bind.install(handler),
            Form::Default => bind.install_default(handler),
            Form::Later => bind.install_later(Placement::Here, handler),
            Form::Filter => bind.install_filter(move |args| {
                let before = std::mem::replace(args, 99);
                enter(number, before);
                *args = altered(number, before);
            }),
        }
    }

    fn raise(&self, args: u8) -> String {
        format!("{:?}", self.event.raise(&args))
    }

    fn post(&self, core: CoreId, args: u8) {
        self.event.post(core, args).expect("a slot");
    }

    fn impose(&self, binding: BindingId, number: usize, divisor: u8) -> Option<Imposition> {
        let guard = move |args: &u8| {
            fail_if_told(number, &FAILING_GUARDS);
            !args.is_multiple_of(divisor)
        };
        self.event.owned(&OWNER).expect("ours").impose(binding, guard).ok()
    }

    fn lift(&self, imposition: Imposition) -> bool {
        self.event.owned(&OWNER).expect("ours").lift(imposition)
    }

    fn len(&self) -> usize {
        self.event.bindings().len()
    }
}

static COLLECT: Event<u8, (usize, u8), Collect> =
    Event::new("collect", &OWNER).with_keys(&KEYS).with_limits(LIMITS);
static LAST: Event<u8, (usize, u8), Last> = Event::new("last", &OWNER).with_keys(&KEYS).with_limits(LIMITS);
static CLAIMED: Event<u8, Claim<(usize, u8)>, FirstClaimed> =
    Event::new("claimed", &OWNER).with_keys(&KEYS).with_limits(LIMITS);
static SUM: Event<u8, u64, Sum> = Event::new("sum", &OWNER).with_keys(&KEYS).with_limits(LIMITS);

/// One event for each of [`MERGES`](crate::reference::MERGES).
pub(crate) const EVENTS: [&dyn Real; 4] = [
    &Typed { event: &COLLECT, result: |number, args| (number, args) },
    &Typed { event: &LAST, result: |number, args| (number, args) },
    &Typed { event: &CLAIMED, result: claim },
    &Typed { event: &SUM, result: |number, args| number as u64 + u64::from(args) },
];

fn claim(number: usize, args: u8) -> Claim<(usize, u8)> {
    if claims(number, args) { Claim::Claimed((number, args)) } else { Claim::Passed }
}

//! misbehave: raises what another domain's handlers fail at, and tells what came of it.
//!
//! `raise misbehave WAY [TIMES] [alone]` has `miscreant` install a handler that fails in that way, installs one of its own
//! behind it, unless it is to be alone, and raises. What the handlers give is added up: a hundred for the one that was to fail,
//! one for its own. `raise misbehave-own loop` does so with an event and a handler of its own, and tells what its owner was told.
#![no_std]

mod own;
mod plan;

use miscreant_trial::{ARRANGE, CHORE, DEED, Misdeed};
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Binding, BindingId, Event, Exclusive, InstallError, Owner};

use plan::Plan;

extension! { name: "misbehave", init: init }

/// Owns the events of this extension.
pub(crate) static MISBEHAVE: Owner = Owner::new();

static RAISE: Event<Plan> = Event::new("misbehave", &MISBEHAVE);

/// One trial at a time: what is arranged is arranged for all.
static TRIAL: Exclusive<()> = Exclusive::new(());

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    let _: Binding = RAISE.owned(&MISBEHAVE)?.install(move |plan| {
        let outcome = TRIAL.with(|()| try_out(plan, &console));
        if !matches!(outcome, Ok(Ok(()))) {
            say(&console, format_args!("misbehave: {}: not tried\n", plan.misdeed));
        }
    })?;
    me.open("misbehave", &RAISE)?;
    own::serve(me)
}

fn try_out(plan: &Plan, console: &Console) -> Result<(), InstallError> {
    let misdeed = plan.misdeed;
    if !ARRANGE.raise(&misdeed) {
        say(console, format_args!("misbehave: nobody misbehaves; load miscreant\n"));
        return Ok(());
    }
    let witness = if plan.is_alone { None } else { Some(DEED.bind().last().install(|_| 1)?) };
    let began = spindle_clock::now_ticks();
    for number in 1..=plan.times {
        let given = DEED.raise(&u64::from(number));
        say(console, format_args!("misbehave: {misdeed} {number}: {given}\n"));
    }
    let took = spindle_clock::now_ticks().saturating_sub(began);
    tell_states(misdeed, witness.as_ref().map(Binding::id), console);
    if misdeed == Misdeed::Hounded {
        tell_interrupts(took, console);
    }
    if let Some(witness) = witness {
        witness.uninstall_soon();
    }
    // What runs later stays until it has run: off, it would not.
    if misdeed != Misdeed::Later {
        ARRANGE.raise(&Misdeed::Nothing);
    }
    Ok(())
}

/// Tells what has become of the other domain's binding.
fn tell_states(misdeed: Misdeed, witness: Option<BindingId>, console: &Console) {
    for binding in DEED.bindings().iter().filter(|binding| Some(binding.id) != witness) {
        let counted = binding.counted;
        say(
            console,
            format_args!(
                "misbehave: {misdeed} is {}, {} overruns, {} panics\n",
                binding.state, counted.overruns, counted.panics
            ),
        );
    }
}

/// Tells whether time went by that nobody was charged for. A twentieth of it, or more, went into interrupts.
fn tell_interrupts(took: u64, console: &Console) {
    let bindings = [DEED.bindings(), CHORE.bindings()];
    let charged: u64 = bindings.iter().flatten().map(|binding| binding.counted.ticks).sum();
    let whose = if (took - charged.min(took)) * 20 > took { "nobody's" } else { "somebody's" };
    say(console, format_args!("misbehave: the time of interrupts is {whose} ({charged} of {took})\n"));
}

/// A console that takes no text leaves the reader without the line it waits for, which is noticed.
pub(crate) fn say(console: &Console, what: core::fmt::Arguments<'_>) {
    let _ = console.write_fmt(what);
}

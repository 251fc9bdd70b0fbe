//! Loads an object and ends it again, a few times, and counts both.
//!
//! The load is the whole walk as an extension takes it: create (the signature is checked), resolve, initialise. The end is told by
//! the event that a shell waits for, and the next round begins with it. The counter that all cores share counts what all of them
//! execute meanwhile; one at least always has something to do until then.

use alloc::vec::Vec;

use spindle_console::Console;
use spindle_control::ENDED;
use spindle_domain::{Domain, DomainError, Identity, Source};
use spindle_event::{Exclusive, InstallError};
use spindle_measure::{ticks, ticks_count_instructions};

use crate::figure::Figure;
use crate::{complain, report};

/// An object of some 50 KB.
const OBJECT: &str = "bench-object";
/// What it imports from.
const INTERFACES: [&str; 4] = ["spindle-event", "spindle-domain", "spindle-console", "spindle-sync"];
const ROUNDS: usize = 5;

/// A round whose domain is about to end.
struct Round {
    me: Identity,
    sources: Domain,
    domain: Domain,
    /// When its end began.
    ending_since: u64,
    loads: Vec<u64>,
    ends: Vec<u64>,
}

/// The round whose domain is about to end.
static ROUND: Exclusive<Option<Round>> = Exclusive::new(None);

/// Installs what goes on with a round when its domain has ended.
pub(crate) fn serve(console: Console) -> Result<(), InstallError> {
    ENDED.install(move |ended| {
        let now = ticks();
        let is_meant = |round: &mut Round| round.domain.id() == ended.id();
        let Ok(Some(round)) = ROUND.with(|round| round.take_if(is_meant)) else { return };
        if let Err(error) = go_on(&console, round, now) {
            let _ = writeln!(console, "bench: {error}");
        }
    })?;
    Ok(())
}

pub(super) fn run(console: &Console, me: &Identity) -> Option<()> {
    if !ticks_count_instructions() {
        return None;
    }
    let begun = begin(me);
    if let Err(error) = &begun {
        let _ = writeln!(console, "bench: {error}");
    }
    begun.ok()
}

fn begin(me: &Identity) -> Result<(), DomainError> {
    let parts = INTERFACES.map(|name| Domain::of_interface(me, name));
    let parts = parts.into_iter().collect::<Result<Vec<Domain>, DomainError>>()?;
    let sources = Domain::combine(me, "bench-sources", &parts)?;
    // The first load warms up.
    let (domain, _) = load(me, &sources)?;
    end(Round { me: me.clone(), sources, domain, ending_since: 0, loads: Vec::new(), ends: Vec::new() })
}

/// Loads the object; says how many instructions that took.
fn load(me: &Identity, sources: &Domain) -> Result<(Domain, u64), DomainError> {
    let before = ticks();
    let domain = Domain::create(me, Source::Archive(OBJECT))?;
    domain.resolve(sources)?;
    domain.initialise()?;
    Ok((domain, ticks().wrapping_sub(before)))
}

fn end(mut round: Round) -> Result<(), DomainError> {
    let domain = round.domain;
    round.ending_since = ticks();
    // Lent to nobody: the round before is over.
    let _ = ROUND.with(|place| *place = Some(round));
    domain.destroy()
}

fn go_on(console: &Console, mut round: Round, now: u64) -> Result<(), DomainError> {
    round.ends.push(now.wrapping_sub(round.ending_since));
    if round.loads.len() == ROUNDS {
        round.sources.destroy()?;
        rows(console, &round);
        return Ok(());
    }
    let (domain, count) = load(&round.me, &round.sources)?;
    round.loads.push(count);
    round.domain = domain;
    end(round)
}

fn rows(console: &Console, round: &Round) {
    // The end of the warm-up is the first.
    let (Some(loads), Some(ends)) =
        (Figure::of_counts(&round.loads), Figure::of_counts(round.ends.get(1..).unwrap_or_default()))
    else {
        return complain(console, "no round came to its end");
    };
    let operation = "load of an object of some 50 KB, signature included";
    report(console, "domains/load", operation, loads, Some(4_000_000));
    let operation = "unload of the same, all cores together, until everything is back";
    report(console, "domains/unload", operation, ends, Some(1_000_000));
}

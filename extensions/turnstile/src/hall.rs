//! Hall: the event of coming in, its owner, and what the owner asks of those who handle it.

use alloc::string::ToString;

use spindle_console::Console;
use spindle_event::{
    Ask, Binding, Budget, Claim, Conditions, Event, FirstClaimed, InstallError, Key, Limits, Owner, Pattern,
    Placement, Verdict,
};

use crate::lanes::Shift;
use crate::room::Room;
use crate::visitor::Visitor;

/// Owns the events of this extension. Private: nobody else can show it.
static HALL: Owner = Owner::new();

/// The lane by which a visitor comes. Handlers are found by it, however many lanes there are.
pub(crate) static LANE: Key<Visitor> = Key::new("lane", |visitor: &Visitor| visitor.lane);

/// Raised when somebody wants to come in. The first lane that claims the visitor decides.
pub static PASS: Event<Visitor, Claim<Answer>, FirstClaimed> = Event::new("turnstile", &HALL)
    .with_keys(&[&LANE])
    .with_limits(Limits { strikes: 2, guard: ENOUGH, longest: Some(LONGEST), ..Limits::DEFAULT })
    .authorized_by(authorize);

/// Raised to change the lanes.
pub static SHIFT: Event<Shift> = Event::new("shift", &HALL);

/// No lane gets more time than this for a visitor, whatever it asks for.
const LONGEST: Budget = Budget::microseconds(500_000);

/// And this much is enough, for a guard as well.
const ENOUGH: Budget = Budget::microseconds(100_000);

/// What is behind the lanes.
static ROOM: Room = Room::new(3);

/// What becomes of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The visitor is in, where there are so many now.
    In {
        /// How many, with this one.
        inside: u32,
    },
    /// There is no room.
    Full,
    /// Nobody looks after that lane.
    Closed,
}

/// The right to let visitors in by one lane. Only the hall makes one.
#[derive(Debug)]
pub(crate) struct Permit {
    lane: u64,
}

impl Permit {
    pub(crate) fn lane(&self) -> u64 {
        self.lane
    }
}

/// Gives out the permit for a lane.
pub(crate) fn permit(lane: u64) -> Permit {
    Permit { lane }
}

/// Lets a visitor in, if there is room.
pub(crate) fn enter() -> Answer {
    ROOM.enter().map_or(Answer::Full, |inside| Answer::In { inside })
}

/// Decides about a handler that somebody else than the owner wants to install.
fn authorize(ask: &Ask<'_>) -> Verdict<Visitor> {
    let Some(permit) = ask.offered::<Permit>() else {
        return Verdict::Refuse("whoever handles visitors shows a permit".to_string());
    };
    let is_its_lane =
        |(key, pattern): (&str, &Pattern)| key == LANE.name() && *pattern == Pattern::equal(permit.lane);
    if !ask.keys().any(is_its_lane) {
        return Verdict::Refuse(alloc::format!("the permit is for lane {} only", permit.lane));
    }
    // A lane never sees a visitor for whom there is no room, and doesn't keep the others waiting.
    Verdict::On(Conditions::new().guard(|_: &Visitor| ROOM.has_place()).budget(ENOUGH))
}

/// Installs what the hall itself does with visitors.
pub(crate) fn serve(console: &Console) -> Result<(), InstallError> {
    let pass = PASS.owned(&HALL)?;
    let desk = console.clone();
    // Nobody waits for this one: it runs when some core has time for it.
    pass.bind().first().install_later(Placement::AnyCore, move |visitor| {
        let _ = writeln!(desk, "turnstile: {} came to lane {}", visitor.name, visitor.lane);
        Claim::Passed
    })?;
    // Runs when no lane has: none looks after visitors of that number, or the guards let nobody through.
    pass.install_default(|_| Claim::Claimed(if ROOM.has_place() { Answer::Closed } else { Answer::Full }))?;
    let console = console.clone();
    pass.on_trouble(move |trouble| {
        let _ = writeln!(console, "turnstile: {trouble}");
    });
    Ok(())
}

/// Has `handler` run when the lanes are to change.
pub(crate) fn on_shift(handler: impl Fn(Shift) + Send + Sync + 'static) -> Result<Binding, InstallError> {
    SHIFT.owned(&HALL)?.install(move |shift| handler(*shift))
}

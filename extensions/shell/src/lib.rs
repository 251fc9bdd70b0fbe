//! Shell: commands for the operator, at the console.
//!
//! What is typed comes as raises of [`INPUT`]; the session edits the line, runs the command, and prints the next prompt
//! when the command is done. It does so once all handlers of [`INPUT`] have had their say: what was typed is posted on, so that
//! nobody writes behind the prompt what belongs before it. Unloading is done later than it returns: [`ENDED`] tells, on whichever core it happened,
//! and is posted to the core on which input arrives, so that the session is only ever used there.
//!
//! While an object is received a filter keeps what comes from all other handlers of [`INPUT`]: it was not typed.
#![no_std]

extern crate alloc;

mod command;
mod editor;
mod event;
mod keys;
mod names;
mod operator;
mod session;
mod strands;
mod table;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::black_box;
use core::sync::atomic::{AtomicUsize, Ordering};

use spindle_console::{Console, INPUT, Input};
use spindle_control::{Control, ENDED, Ended};
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{CoreId, Event, Exclusive, Owner, cores};

use crate::operator::Operator;
use crate::session::Session;

extension! { name: "shell", init: init }

/// Owns the events of this extension.
static SHELL: Owner = Owner::new();

/// Posted to the session's core when something was typed.
static TYPED: Event<Input> = Event::new("shell-typed", &SHELL);

/// Posted to the session's core when a domain has ended.
static RESUME: Event<Ended> = Event::new("shell-resume", &SHELL);

static SESSION: Exclusive<Option<Box<Session<Operator>>>> = Exclusive::new(None);

/// The core on which input arrives.
static CORE: AtomicUsize = AtomicUsize::new(0);

/// How much room for what it shows its heap begins with, in bytes.
const ROOM_BYTES: usize = 32 << 10;

fn init(_: &Identity) -> InitResult {
    // Its heap has room for the longest list from here on, also when the kernel has no more memory for anybody.
    drop(black_box(Vec::<u8>::with_capacity(ROOM_BYTES)));
    let mut session =
        Box::new(Session::new(Operator::new(Control::open()?, Console::open()?, pass_on, tick)));
    session.begin();
    SESSION.with(|place| *place = Some(session))?;
    RESUME.owned(&SHELL)?.install(|_| on_session(|session| session.ended()))?;
    ENDED.install(resume)?;
    TYPED.owned(&SHELL)?.install(take)?;
    INPUT.install(pass_on)?;
    Ok(())
}

fn pass_on(input: &Input) {
    if input.bytes().is_empty() {
        return;
    }
    // Without a slot it is taken at once: a prompt in the wrong place is better than a key that is lost.
    if let Err(full) = TYPED.post(cores::current(), input.clone()) {
        take(&full.into_event());
    }
}

fn take(input: &Input) {
    CORE.store(cores::current().index(), Ordering::Relaxed);
    on_session(|session| session.take(input.bytes()));
}

fn resume(ended: &Ended) {
    let core = CoreId::new(CORE.load(Ordering::Relaxed)).unwrap_or(CoreId::FIRST);
    // If it can't be posted, the session finds out with the next key.
    let _ = RESUME.post(core, ended.clone());
}

/// Called once a second while an object is received, on the core on which its bytes arrive.
fn tick() {
    on_session(Session::tick);
}

fn on_session(work: impl FnOnce(&mut Session<Operator>) + Send) {
    // Lent already means that a command of the session's own got here: it will see to the rest.
    let _ = SESSION.with(|place| place.as_deref_mut().map(work));
}

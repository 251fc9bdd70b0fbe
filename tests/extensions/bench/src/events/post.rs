//! What a post costs its sender, and a raise whose handler runs later.
//!
//! The receiving core spins in a handler meanwhile, so its inbox is awake and nobody takes anything out.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bench_probes::{PROBE, STAMP, Setup};
use spindle_console::Console;
use spindle_event::{Binding, CoreId, Event, InstallError, cores};

use super::set_up;
use crate::figure::Figure;
use crate::{OWNER, report};

/// Posts in one go: all of a measurement lie in the inbox at once.
const POSTS: u64 = 20;

/// What is posted: how many arrived is all that its handler keeps.
static MAIL: Event<u64> = Event::new("bench-mail", &OWNER);
/// Keeps a core awake until it is let go.
static SPIN: Event<()> = Event::new("bench-spin", &OWNER);
static ARRIVED: AtomicU64 = AtomicU64::new(0);
static SPINNING: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicBool = AtomicBool::new(false);

pub(super) fn run(console: &Console) -> Option<()> {
    let target = cores::online().find(|core| *core != cores::current())?;
    let [mail, spin] = bind().ok()?;
    let posted = post(target);
    let later = raise_later(target);
    mail.uninstall_soon();
    spin.uninstall_soon();
    let operation = "post to an awake core's inbox, sender's side";
    report(console, "events/post_awake", operation, posted?, Some(60));
    let operation = "raise, one handler that runs later on another core, awake, raiser's side";
    report(console, "events/later", operation, later?, None);
    Some(())
}

fn bind() -> Result<[Binding; 2], InstallError> {
    let mail = MAIL.owned(&OWNER)?.install(|number| {
        ARRIVED.fetch_add(*number, Ordering::Relaxed);
    })?;
    let spin = SPIN.owned(&OWNER)?.install(|()| {
        SPINNING.store(true, Ordering::Release);
        while !RELEASED.load(Ordering::Acquire) {
            cores::relax();
        }
        SPINNING.store(false, Ordering::Release);
    })?;
    Ok([mail, spin])
}

/// What `work` gives while `target` spins.
fn while_spinning<T>(target: CoreId, work: impl FnOnce() -> T) -> Option<T> {
    RELEASED.store(false, Ordering::Release);
    SPIN.post(target, ()).ok()?;
    while !SPINNING.load(Ordering::Acquire) {
        cores::relax();
    }
    let done = work();
    RELEASED.store(true, Ordering::Release);
    while SPINNING.load(Ordering::Acquire) {
        cores::relax();
    }
    Some(done)
}

fn post(target: CoreId) -> Option<Figure> {
    ARRIVED.store(0, Ordering::Relaxed);
    let (figure, sent, refused) = while_spinning(target, || {
        let (mut sent, mut refused) = (0, 0);
        let mut counted = |post: fn(CoreId) -> bool| {
            Figure::of_batches(POSTS, || {
                sent += 1;
                refused += u64::from(!post(target));
            })
        };
        let full = counted(|target| MAIL.post(target, 1).is_ok());
        let empty = counted(|_| true);
        (full.over(empty), sent / 2, refused)
    })?;
    while ARRIVED.load(Ordering::Relaxed) < sent - refused {
        cores::relax();
    }
    // A refused post is cheaper than one that goes out: the figure would flatter.
    (refused == 0).then_some(figure)
}

/// What finds no slot runs at once and leaves a stamp. None may: the target, which is to leave it, spins.
fn raise_later(target: CoreId) -> Option<Figure> {
    set_up(Setup { later: Some(target), ..Setup::default() })?;
    STAMP.store(0, Ordering::Relaxed);
    let (figure, is_early) = while_spinning(target, || {
        let figure = Figure::of_batches(POSTS, || PROBE.raise(&7));
        (figure, STAMP.load(Ordering::Relaxed) != 0)
    })?;
    while STAMP.load(Ordering::Acquire) == 0 {
        cores::relax();
    }
    (!is_early).then_some(figure)
}

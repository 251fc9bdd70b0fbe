//! Load: what the office has to do meanwhile, on each core, and whether it did.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use office::{ACCOUNT, Account, CHORE, LETTER, Letter, OFFICE_CORES, QUESTION};
use spindle_console::Console;
use spindle_event::{Binding, CoreId, Event, InstallError, cores};

use crate::{PETITIONER, WRONG, WRONG_AT, check, check_that, say, succession};

/// A core's turn.
static TURN: Event<()> = Event::new("petitions-turn", &PETITIONER);
/// All cores have had their last turn; looks whether all has arrived.
static CLOSE: Event<u32> = Event::new("petitions-close", &PETITIONER);

/// Letters that a core sends in a turn.
const LETTERS: usize = 2;
/// Most letters of one core, and chores of all, that are on their way: together far fewer than a core has slots, so that a drain,
/// which comes behind them, is not long under way.
const LETTERS_OUT: u64 = 24;
const CHORES_OUT: u64 = 16;
/// How often it is looked again whether all has arrived.
const LOOKS: u32 = 100_000;

static IS_BUSY: AtomicBool = AtomicBool::new(false);
static IS_OVER: AtomicBool = AtomicBool::new(false);
/// Cores that have turns to come.
static AT_WORK: AtomicU64 = AtomicU64::new(0);
/// How many runs there were.
static RUNS: AtomicU64 = AtomicU64::new(0);

const ZERO: AtomicU64 = AtomicU64::new(0);
/// By sender and receiver: the number that goes out next. Never begins anew: neither do the books.
static NEXT_OUT: [[AtomicU32; OFFICE_CORES]; OFFICE_CORES] =
    [const { [const { AtomicU32::new(0) }; OFFICE_CORES] }; OFFICE_CORES];
/// By sender: letters sent and arrived.
static SENT: [AtomicU64; OFFICE_CORES] = [ZERO; OFFICE_CORES];
static CAME: [AtomicU64; OFFICE_CORES] = [ZERO; OFFICE_CORES];
static CHORES: AtomicU64 = AtomicU64::new(0);
static QUESTIONS: AtomicU64 = AtomicU64::new(0);

pub(crate) fn serve(console: &Console) -> Result<(), InstallError> {
    let _: Binding = TURN.owned(&PETITIONER)?.install(|()| turn())?;
    let console = console.clone();
    let _: Binding = CLOSE.owned(&PETITIONER)?.install(move |looks| close(*looks, &console))?;
    // Not what is held to account: it says how many are on their way.
    let _: Binding = LETTER.install(|letter| {
        CAME[usize::from(letter.from) % OFFICE_CORES].fetch_add(1, Ordering::Release);
    })?;
    Ok(())
}

/// Has all cores begin; false while they are at it.
pub(crate) fn begin() -> bool {
    if IS_BUSY.swap(true, Ordering::AcqRel) {
        return false;
    }
    IS_OVER.store(false, Ordering::Relaxed);
    AT_WORK.store(cores::count() as u64, Ordering::Relaxed);
    cores::online().for_each(take_turn);
    true
}

/// No core takes another turn.
pub(crate) fn end() {
    IS_OVER.store(true, Ordering::Relaxed);
}

fn take_turn(core: CoreId) {
    if TURN.post(core, ()).is_err() {
        check(false);
        leave();
    }
}

fn turn() {
    let here = cores::current();
    // First, so that there is a slot for it.
    if IS_OVER.load(Ordering::Relaxed) {
        return leave();
    }
    take_turn(here);
    for _ in 0..LETTERS {
        cores::online().for_each(|to| send(here.index(), to));
        ask();
    }
    let raised = CHORES.load(Ordering::Relaxed);
    if account().is_some_and(|account| raised.saturating_sub(account.chores) < CHORES_OUT) {
        CHORES.fetch_add(1, Ordering::Relaxed);
        CHORE.raise(&());
    }
}

fn send(from: usize, to: CoreId) {
    let on_their_way = SENT[from].load(Ordering::Relaxed) - CAME[from].load(Ordering::Acquire);
    if on_their_way >= LETTERS_OUT {
        return;
    }
    let next = &NEXT_OUT[from][to.index()];
    let number = next.load(Ordering::Relaxed);
    // Only this core sends under its name. Before it goes out, so that no more arrive than were sent.
    SENT[from].fetch_add(1, Ordering::Relaxed);
    match LETTER.post(to, Letter { from: from as u8, to: to.index() as u8, number }) {
        Ok(_) => next.store(number + 1, Ordering::Relaxed),
        Err(_) => _ = SENT[from].fetch_sub(1, Ordering::Relaxed),
    }
}

/// Whoever asks is answered by exactly one version.
fn ask() {
    QUESTIONS.fetch_add(1, Ordering::Relaxed);
    let answer = QUESTION.raise(&());
    check_that([1, 1 << 32].contains(&answer), answer);
}

/// By exactly one.
fn account() -> Option<Account> {
    let accounts = ACCOUNT.raise(&());
    check_that(accounts.len() == 1, accounts.len() as u64);
    accounts.first().copied()
}

/// A core has had its last turn.
fn leave() {
    // AcqRel: who is last sees what all others counted.
    if AT_WORK.fetch_sub(1, Ordering::AcqRel) == 1 {
        CLOSE.raise(&LOOKS);
    }
}

/// Sums up when all that is on its way has arrived; until then, comes again behind it.
fn close(looks: u32, console: &Console) {
    let sum = |counts: &[AtomicU64]| counts.iter().map(|count| count.load(Ordering::Acquire)).sum::<u64>();
    let (sent, came, chores) = (sum(&SENT), sum(&CAME), CHORES.load(Ordering::Relaxed));
    let Some(found) = account() else { return IS_BUSY.store(false, Ordering::Release) };
    // The holder may come to a letter behind the one who counts it as having come.
    let is_all =
        came >= sent && found.letters >= sent && found.chores >= chores && found.notes >= found.notes_sent;
    if !is_all && looks > 0 && CLOSE.post(cores::current(), looks - 1).is_ok() {
        return;
    }
    check(came == sent && found.letters == sent && found.chores == chores && found.notes == found.notes_sent);
    let wrong = WRONG.load(Ordering::Relaxed) + found.wrong;
    let (refused, before, notes) = (succession::refused(), found.before, found.notes);
    let (questions, number) = (QUESTIONS.load(Ordering::Relaxed), RUNS.fetch_add(1, Ordering::Relaxed) + 1);
    IS_BUSY.store(false, Ordering::Release);
    say(
        console,
        format_args!(
            "petitions {number} over: {before} replaced, {refused} refused, {sent} letters, {chores} chores, {notes} notes, {questions} questions, {wrong} wrong\n"
        ),
    );
    if wrong > 0 {
        let [line, value] = WRONG_AT.each_ref().map(|at| at.load(Ordering::Relaxed));
        say(console, format_args!("petitions: line {line}: {value:#x}, {came} came, {found:?}\n"));
    }
}

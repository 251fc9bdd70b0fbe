//! Desk: what each clerk does, whichever version it is.
//!
//! What it keeps it shares with its successor, which goes on counting where this one stops; while one takes over from the
//! other, both count. So nothing may be lost or done twice, whoever does it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::str::FromStr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use office::{ACCOUNT, Account, CHORE, LETTER, Letter, OFFICE_CORES, QUESTION};
use spindle_domain::{Identity, InitResult, hand_over};
use spindle_event::{Binding, Event, Exclusive, Last, Owner, Placement, cores};

hand_over! {
    /// What was done so far.
    #[derive(Clone)]
    pub struct Books {
        /// By sender and receiver: the number that must come in next.
        next: Arc<Vec<AtomicU32>>,
        letters: Arc<AtomicU64>,
        chores: Arc<AtomicU64>,
        notes_sent: Arc<AtomicU64>,
        notes: Arc<AtomicU64>,
        wrong: Arc<AtomicU64>,
        /// How many clerks there were before.
        before: u64,
    }
}

/// One in so many chores is noted.
const NOTED: u64 = 8;

/// Owns what this clerk declares.
static CLERK: Owner = Owner::new();
/// What the clerk notes, posted to itself: an event of its own, which goes with it.
static NOTE: Event<()> = Event::new("clerk-note", &CLERK);
/// Asked for by name: what was done.
static SHOWN: Event<Nothing, Account, Last> = Event::new("clerk", &CLERK);

static BOOKS: Exclusive<Option<Books>> = Exclusive::new(None);

/// No arguments.
struct Nothing;

impl FromStr for Nothing {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// Opens the office: the clerk of this version answers with `answer`.
pub(crate) fn open(me: &Identity, answer: u64) -> InitResult {
    let zero = || AtomicU32::new(0);
    let next = core::iter::repeat_with(zero).take(OFFICE_CORES * OFFICE_CORES).collect();
    let count = Arc::<AtomicU64>::default;
    let (letters, chores, notes_sent, notes, wrong) = (count(), count(), count(), count(), count());
    let books = Books { next: Arc::new(next), letters, chores, notes_sent, notes, wrong, before: 0 };
    serve(me, books, answer)
}

/// Goes on with the books of the clerk before.
pub(crate) fn take(me: &Identity, books: Books, answer: u64) -> InitResult {
    serve(me, Books { before: books.before + 1, ..books }, answer)
}

/// This clerk goes on until the other is in its place, so they share.
pub(crate) fn give() -> Books {
    BOOKS.with(|books| books.clone()).ok().flatten().unwrap_or_else(|| unreachable!("kept by its entry"))
}

fn serve(me: &Identity, books: Books, answer: u64) -> InitResult {
    BOOKS.with(|place| *place = Some(books.clone()))?;
    let noted = books.clone();
    let _: Binding = NOTE.owned(&CLERK)?.install(move |()| count(&noted.notes))?;
    let read = books.clone();
    let _: Binding = LETTER.install(move |letter| read.read(*letter))?;
    let done = books.clone();
    let _: Binding = CHORE.bind().install_later(Placement::AnyCore, move |()| done.chore())?;
    let _: Binding = QUESTION.install(move |()| answer)?;
    let told = books.clone();
    let _: Binding = ACCOUNT.install(move |()| told.account())?;
    let _: Binding = SHOWN.owned(&CLERK)?.install(move |_| books.account())?;
    me.open("clerk", &SHOWN)?;
    Ok(())
}

/// Release: whoever reads the count sees what was done before.
fn count(what: &AtomicU64) {
    what.fetch_add(1, Ordering::Release);
}

impl Books {
    /// Only the receiver's core comes here, whichever clerk is there.
    fn read(&self, letter: Letter) {
        let at = usize::from(letter.from) * OFFICE_CORES + usize::from(letter.to);
        let is_next = self.next.get(at).is_some_and(|next| {
            let is_next = next.load(Ordering::Relaxed) == letter.number;
            next.store(letter.number + 1, Ordering::Relaxed);
            is_next
        });
        if !is_next || cores::current().index() != usize::from(letter.to) {
            count(&self.wrong);
        }
        count(&self.letters);
    }

    fn chore(&self) {
        // Before it is counted as done, so that who sees all chores done sees all notes sent.
        if self.chores.load(Ordering::Relaxed).is_multiple_of(NOTED)
            && NOTE.post(cores::current(), ()).is_ok()
        {
            count(&self.notes_sent);
        }
        count(&self.chores);
    }

    fn account(&self) -> Account {
        let [letters, chores, notes_sent, notes, wrong] =
            [&self.letters, &self.chores, &self.notes_sent, &self.notes, &self.wrong]
                .map(|count| count.load(Ordering::Acquire));
        Account { letters, chores, notes_sent, notes, wrong, before: self.before }
    }
}

//! The properties that the loom models prove for a few steps, on real threads for very many.
#![cfg(not(loom))]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use spindle_sync::{
    Activity, AtomicRef, Consumer, End, Grace, Inbox, Opportunity, Parcel, Parking, Pool, Queued, Ready,
    Snapshot, Wake, this_core,
};

/// How many messages each sender sends to each receiver.
const MESSAGES: u32 = 100_000;
/// How many slots each sender has; few, so that they are used over and over and run out.
const SLOTS: usize = 64;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A message: who sent it, and its number among those of that sender.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    sender: usize,
    number: u32,
}

/// What has come from each sender; refuses a number that is not the next.
struct Arrived([u32; 4]);

impl Arrived {
    fn note(&mut self, message: Numbered) {
        let next = &mut self.0[message.sender];
        assert_eq!(message.number, *next, "of sender {}", message.sender);
        *next += 1;
    }

    fn count(&self) -> u32 {
        self.0.iter().sum()
    }
}

#[test]
fn messages_of_four_senders_arrive_once_and_in_order_and_each_sleep_has_one_wake() {
    let grace = leak(Grace::new());
    let pool = leak(Pool::new());
    let inbox = leak(Inbox::new());
    let wakes = Arc::new(AtomicUsize::new(0));
    let receiver = thread::current();
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let (wakes, receiver) = (Arc::clone(&wakes), receiver.clone());
            thread::spawn(move || {
                let _reader = grace.register_thread();
                pool.open(this_core::index(), SLOTS);
                for number in 0..MESSAGES {
                    let envelope = loop {
                        match pool.take(Numbered { sender, number }) {
                            Ok(envelope) => break envelope,
                            Err(_) => thread::yield_now(),
                        }
                    };
                    if inbox.push(envelope) == Wake::Yes {
                        wakes.fetch_add(1, Ordering::Relaxed);
                        receiver.unpark();
                    }
                }
            })
        })
        .collect();

    let mut consumer = inbox.take_consumer().unwrap();
    let mut arrived = Arrived([0; 4]);
    let mut woken = 0;
    while arrived.count() < 4 * MESSAGES {
        match consumer.pop() {
            Some(envelope) => arrived.note(envelope.open()),
            None => woken += sleep(&mut consumer),
        }
    }
    for sender in senders {
        sender.join().unwrap();
    }
    assert_eq!(arrived.0, [MESSAGES; 4]);
    assert!(consumer.pop().is_none());
    assert_eq!(wakes.load(Ordering::Relaxed), woken);
}

/// Sleeps until a push wakes this thread, if there is nothing; says how often a push has done so.
fn sleep<T: Send>(consumer: &mut Consumer<T>) -> usize {
    if !consumer.try_sleep() {
        return 0;
    }
    // A lost wake-up hangs here. One that comes without need ends the wait, as any interrupt does.
    thread::park();
    usize::from(consumer.awake())
}

#[test]
fn every_core_posts_to_every_other_and_nothing_is_lost() {
    const EACH: u32 = MESSAGES / 4;
    let grace = leak(Grace::new());
    let pool = leak(Pool::new());
    let inboxes: &'static [Inbox<Numbered>; 4] = leak(core::array::from_fn(|_| Inbox::new()));
    let cores: Vec<_> = (0..4)
        .map(|me| {
            thread::spawn(move || {
                let _reader = grace.register_thread();
                pool.open(this_core::index(), SLOTS);
                let mut consumer = inboxes[me].take_consumer().unwrap();
                let mut arrived = Arrived([0; 4]);
                let mut sent = 0;
                // Full means that others have to run, but never that this core stops taking out: else all
                // could wait for all.
                while sent < EACH || arrived.count() < 4 * EACH {
                    if sent < EACH {
                        sent += u32::from(send_to_all(pool, inboxes, Numbered { sender: me, number: sent }));
                    }
                    let mut has_popped = false;
                    while let Some(envelope) = consumer.pop() {
                        arrived.note(envelope.open());
                        has_popped = true;
                    }
                    if !has_popped {
                        thread::yield_now();
                    }
                }
                assert_eq!(arrived.0, [EACH; 4]);
            })
        })
        .collect();
    for core in cores {
        core.join().unwrap();
    }
}

/// Sends to all inboxes or, when slots are short, to none.
fn send_to_all(pool: &'static Pool<Numbered>, inboxes: &[Inbox<Numbered>; 4], message: Numbered) -> bool {
    let slots: Vec<_> = core::iter::from_fn(|| pool.vacancy()).take(inboxes.len()).collect();
    if slots.len() < inboxes.len() {
        return false;
    }
    for (slot, inbox) in slots.into_iter().zip(inboxes) {
        // These receivers poll.
        let _ = inbox.push(slot.seal(message));
    }
    true
}

#[test]
fn parcels_run_once_each_on_another_core() {
    let grace = leak(Grace::new());
    let pool = leak(Pool::new());
    let inbox = leak(Inbox::new());
    let sum = Arc::new(AtomicU64::new(0));
    let sender = {
        let sum = Arc::clone(&sum);
        thread::spawn(move || {
            let _reader = grace.register_thread();
            pool.open(this_core::index(), SLOTS);
            for number in 0..u64::from(MESSAGES) {
                let sum = Arc::clone(&sum);
                let mut parcel = Parcel::new(move || {
                    sum.fetch_add(number, Ordering::Relaxed);
                });
                while let Err(back) = pool.take(parcel).map(|envelope| inbox.push(envelope)) {
                    parcel = back;
                    thread::yield_now();
                }
            }
        })
    };
    let mut consumer = inbox.take_consumer().unwrap();
    let mut count = 0;
    while count < MESSAGES {
        match consumer.pop() {
            Some(envelope) => {
                envelope.run();
                count += 1;
            }
            None => thread::yield_now(),
        }
    }
    sender.join().unwrap();
    let n = u64::from(MESSAGES);
    assert_eq!(sum.load(Ordering::Relaxed), n * (n - 1) / 2);
    assert_eq!(Arc::strong_count(&sum), 1);
}

/// A table whose halves agree until it is freed.
struct Table {
    number: u64,
    complement: u64,
    freed: Arc<AtomicU64>,
}

impl Table {
    fn new(number: u64, freed: &Arc<AtomicU64>) -> Self {
        Self { number, complement: !number, freed: Arc::clone(freed) }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.complement = self.number;
        self.freed.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn readers_see_whole_tables_only_and_every_replaced_one_is_freed() {
    const REPLACEMENTS: u64 = 20_000;
    let freed = Arc::new(AtomicU64::new(0));
    let grace = leak(Grace::new());
    let snapshot = leak(Snapshot::new(grace, leak(Table::new(0, &freed))));
    let is_done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let is_done = Arc::clone(&is_done);
            thread::spawn(move || {
                let mut reader = grace.register_thread();
                let mut last = 0;
                for turn in 0_u32.. {
                    snapshot.with(|table| {
                        assert_eq!(table.number, !table.complement);
                        assert!(table.number >= last, "an older table came back");
                        last = table.number;
                    });
                    if turn % 16 == 0 {
                        reader.idle()
                    } else {
                        reader.quiet()
                    }
                    if is_done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            })
        })
        .collect();
    for number in 1..=REPLACEMENTS {
        snapshot.replace(Box::new(Table::new(number, &freed)));
        grace.reclaim();
    }
    while grace.pending() > 0 {
        grace.reclaim();
        thread::yield_now();
    }
    is_done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    // All but the initial one, which was never boxed, and the last.
    assert_eq!(freed.load(Ordering::Relaxed), REPLACEMENTS - 1);
}

/// Something that can run, in the game of the test below.
struct Strand {
    number: usize,
    parking: Parking,
    link: AtomicRef<Self>,
    /// Tokens that it was given and has not taken.
    given: AtomicU64,
    /// It has looked for tokens, and goes on with its park. It may have left its core in between, without having asked to.
    has_looked: AtomicBool,
    /// How often it has run: one at the beginning of a turn, the other at its end. They are as whoever had it last has left them.
    turns: [AtomicU64; 2],
}

impl Queued for Strand {
    fn link(&self) -> &AtomicRef<Self> {
        &self.link
    }
}

impl Strand {
    fn new(number: usize) -> Self {
        let strand = Self {
            number,
            parking: Parking::new(),
            link: AtomicRef::none(),
            given: AtomicU64::new(0),
            has_looked: AtomicBool::new(false),
            turns: [AtomicU64::new(0), AtomicU64::new(0)],
        };
        strand.parking.prepare(strand.name());
        strand
    }

    /// The number by which it is woken.
    fn name(&self) -> usize {
        self.number + 1
    }
}

/// A core of the game.
struct Core {
    ready: Ready<Strand>,
    inbox: Inbox<()>,
    thread: OnceLock<thread::Thread>,
}

/// Numbers that look like chance, and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        // Marsaglia, Xorshift RNGs, 2003.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    fn step_aside(&mut self) {
        if self.below(8) == 0 {
            thread::yield_now();
        }
    }
}

/// A strand that has a token passes it on and wakes who gets it, until tokens have been passed on often enough in this round. If a
/// wake-up is lost its token stays where it is, and the round never ends. (Unless another wake-up comes to the same strand: so
/// there are many rounds, and they are short.)
struct Game {
    cores: [Core; 4],
    strands: [Strand; 16],
    /// How often tokens will be passed on yet.
    left: AtomicU64,
    taken: AtomicU64,
    over: AtomicUsize,
    is_done: AtomicBool,
}

impl Game {
    const ROUNDS: u64 = 20_000;
    const TOKENS: u64 = 4;
    const PASSES: u64 = 30;

    fn new() -> Self {
        let core = |_| Core { ready: Ready::new(), inbox: Inbox::new(), thread: OnceLock::new() };
        Self {
            cores: core::array::from_fn(core),
            strands: core::array::from_fn(Strand::new),
            left: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            over: AtomicUsize::new(0),
            is_done: AtomicBool::new(false),
        }
    }

    /// Puts `strand` among the ready of a core, and wakes that if it sleeps.
    fn put(&self, strand: &'static Strand, core: usize, end: End) {
        let core = &self.cores[core];
        core.ready.push(strand, strand.number % 3, end);
        if core.inbox.is_asleep()
            && let Some(thread) = core.thread.get()
        {
            thread.unpark();
        }
    }

    fn wake(&'static self, strand: usize, core: usize) {
        let strand = &self.strands[strand];
        if strand.parking.unpark(strand.name()) {
            self.put(strand, core, End::Back);
        }
    }

    fn give_token(&'static self, chance: &mut Chance) {
        let (strand, core) = (chance.below(self.strands.len()), chance.below(self.cores.len()));
        // Relaxed: the wake-up orders it.
        self.strands[strand].given.fetch_add(1, Ordering::Relaxed);
        self.wake(strand, core);
    }

    /// What a strand does between its parks.
    fn take_tokens(&'static self, strand: &Strand, core: usize, chance: &mut Chance) {
        // A load, which may find less than an exchange would: but all that came before the last wake-up.
        if strand.given.load(Ordering::Relaxed) > 0 {
            let tokens = strand.given.swap(0, Ordering::Relaxed);
            for _ in 0..tokens {
                let less = |left: u64| left.checked_sub(1);
                if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
                    self.give_token(chance);
                }
            }
            self.taken.fetch_add(tokens, Ordering::Relaxed);
        }
        if chance.below(8) == 0 {
            // Somebody is held up, and let go on.
            let held = chance.below(self.strands.len());
            self.strands[held].parking.halt(self.strands[held].name());
            self.wake(held, core);
        }
    }

    /// Runs `strand` on a core until it leaves that. It may run elsewhere from then on.
    fn run(&'static self, strand: &'static Strand, core: usize, chance: &mut Chance) {
        let [begun, done] = &strand.turns;
        loop {
            let has_looked = strand.has_looked.load(Ordering::Relaxed);
            let turn = begun.load(Ordering::Relaxed) + 1;
            begun.store(turn, Ordering::Relaxed);
            if !has_looked {
                self.take_tokens(strand, core, chance);
            }
            strand.has_looked.store(!has_looked, Ordering::Relaxed);
            assert_eq!(done.load(Ordering::Relaxed) + 1, turn, "two cores run {}", strand.number);
            done.store(turn, Ordering::Relaxed);

            // Now and then the other threads run between two steps of this one, which are close together otherwise.
            chance.step_aside();
            let opportunity = strand.parking.at_opportunity(has_looked);
            chance.step_aside();
            match opportunity {
                Opportunity::GoesOn if has_looked || chance.below(4) != 0 => {}
                Opportunity::GoesOn => {
                    let end = if chance.below(2) == 0 { End::Front } else { End::Back };
                    return self.put(strand, core, end);
                }
                Opportunity::Parks if strand.parking.settle_parked() => {
                    return self.put(strand, core, End::Back);
                }
                Opportunity::Parks => return,
                Opportunity::Ends => {
                    strand.parking.finish();
                    self.over.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        }
    }

    /// Runs what is ready on core `me`, or elsewhere, and sleeps beside nobody who is ready here.
    fn run_core(&'static self, me: usize) {
        let mut chance = Chance(me as u64 + 1);
        let core = &self.cores[me];
        let mut consumer = core.inbox.take_consumer().expect("nobody has it");
        core.thread.set(thread::current()).expect("nobody has set it");
        let steal = |from: &Core| from.ready.steal(|strand| strand.number % 4 != 3);
        while !self.is_done.load(Ordering::Relaxed) {
            let found = core.ready.pop().or_else(|| self.cores.iter().find_map(steal));
            match found {
                Some(strand) if strand.parking.begin() => self.run(strand, me, &mut chance),
                // It was halted: whoever has done that wakes it.
                Some(_) => {}
                None => {
                    if consumer.try_sleep() && core.ready.is_empty() {
                        thread::park();
                    }
                    consumer.awake();
                }
            }
        }
    }
}

#[test]
fn no_wake_up_is_lost_among_four_cores_that_steal_and_each_strand_runs_in_one_place() {
    let game: &'static Game = leak(Game::new());
    for strand in &game.strands {
        game.put(strand, strand.number % game.cores.len(), End::Back);
    }
    let cores: Vec<_> = (0..game.cores.len()).map(|me| thread::spawn(move || game.run_core(me))).collect();
    let mut chance = Chance(77);
    for round in 1..=Game::ROUNDS {
        game.left.store(Game::PASSES, Ordering::Relaxed);
        for _ in 0..Game::TOKENS {
            game.give_token(&mut chance);
        }
        // A wake-up that is lost hangs here.
        while game.taken.load(Ordering::Relaxed) < round * (Game::TOKENS + Game::PASSES) {
            thread::yield_now();
        }
    }
    for strand in &game.strands {
        if strand.parking.end(strand.name()) {
            game.put(strand, 0, End::Back);
        }
    }
    // An end that is slept through hangs here.
    while game.over.load(Ordering::Relaxed) < game.strands.len() {
        thread::yield_now();
    }
    game.is_done.store(true, Ordering::Relaxed);
    for core in cores {
        core.thread().unpark();
        core.join().unwrap();
    }
    for strand in &game.strands {
        assert_eq!(strand.parking.activity(strand.name()), Activity::Over);
        assert_eq!(strand.given.load(Ordering::Relaxed), 0);
    }
    // As many as were given.
    assert_eq!(game.taken.load(Ordering::Relaxed), Game::ROUNDS * (Game::TOKENS + Game::PASSES));
    assert!(game.cores.iter().all(|core| core.ready.is_empty()));
}

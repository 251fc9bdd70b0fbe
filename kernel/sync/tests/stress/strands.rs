//! A game of strands on four cores: woken, halted, stolen, and each where it should be.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use spindle_sync::{Activity, AtomicRef, End, Inbox, Opportunity, Parking, Queued, Ready};

use super::leak;

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

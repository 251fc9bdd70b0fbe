//! What one core of the stress test does: one of eight things each turn, and what must come of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use spindle_event::mailbox::{self, Arrivals};
use spindle_event::{
    Binding, Budget, Collect, CoreId, Departure, Event, Key, Last, Owner, Pattern, Sum, swap,
};
use spindle_sync::Authority;
use spindle_sync::boundary::overrun_here;

pub(crate) const CORES: usize = 4;

/// How often a core looks at the pair in one turn: the longer it does, the more changes meanwhile.
const LOOKS: usize = 64;

pub(crate) static OWNER: Owner = Owner::new();
static KEY: Key<usize> = Key::new("core", |core| *core as u64);
static KEYS: [&Key<usize>; 1] = [&KEY];
/// One handler is there always; each core has another one for itself that comes and goes.
pub(crate) static BUSY: Event<usize, u64, Sum> = Event::new("busy", &OWNER).open_to_all().with_keys(&KEYS);
/// Handlers of the two are exchanged together. They say which pair they are of.
pub(crate) static LEFT: Event<(), u64, Collect> = Event::new("left", &OWNER).open_to_all();
pub(crate) static RIGHT: Event<(), u64, Collect> = Event::new("right", &OWNER).open_to_all();
pub(crate) static POSTED: Event<CoreId> = Event::new("posted", &OWNER).open_to_all();
pub(crate) static LATER: Event<()> = Event::new("later", &OWNER).open_to_all();
/// Handlers that fail, and a default that serves.
pub(crate) static FAULTY: Event<(), u64, Last> = Event::new("faulty", &OWNER).open_to_all();

static PAIR: Mutex<Option<(u64, [Binding; 2])>> = Mutex::new(None);
/// How many handlers that hold a [`Token`] have not been freed.
pub(crate) static TOKENS: AtomicU64 = AtomicU64::new(0);

/// What was done and what has come of it.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) raised: AtomicU64,
    pub(crate) handled: AtomicU64,
    pub(crate) paired: AtomicU64,
    pub(crate) pair_handled: AtomicU64,
    pub(crate) posted: AtomicU64,
    pub(crate) arrived: AtomicU64,
    pub(crate) sent: AtomicU64,
    pub(crate) ran_later: AtomicU64,
    pub(crate) finished: AtomicU64,
}

pub(crate) fn add(count: &AtomicU64, number: u64) {
    count.fetch_add(number, Ordering::Relaxed);
}

pub(crate) fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Counts itself.
struct Token;

impl Token {
    fn new() -> Self {
        add(&TOKENS, 1);
        Self
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        TOKENS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A handler of a core's own, and whether it may still run.
pub(crate) enum Own {
    Off,
    On(Binding, Arc<AtomicBool>),
    Leaving(Departure, Arc<AtomicBool>),
}

pub(crate) struct Core {
    pub(crate) counts: Arc<Counts>,
    pub(crate) arrivals: Arrivals,
    pub(crate) here: usize,
    pub(crate) own: Own,
    pub(crate) faulty: Option<Binding>,
    pub(crate) random: u64,
}

impl Core {
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    pub(crate) fn take_arrivals(&mut self) {
        // SAFETY: a test stands in for the kernel; nothing here is an extension.
        let authority = unsafe { Authority::mint() };
        std::iter::from_fn(|| self.arrivals.pop()).for_each(mailbox::run);
        std::iter::from_fn(|| mailbox::take_surplus(&authority)).for_each(mailbox::run);
    }

    pub(crate) fn turn(&mut self) {
        self.take_arrivals();
        match self.random(8) {
            0 | 1 => self.raise(),
            2 => self.look_at_the_pair(),
            3 => self.post(),
            4 => self.come_or_go(),
            5 => self.exchange_the_pair(),
            6 => {
                LATER.raise(&());
                add(&self.counts.sent, CORES as u64 + 1);
            }
            _ => self.fail(),
        }
    }

    fn raise(&mut self) {
        add(&self.counts.raised, 1);
        let own = if matches!(self.own, Own::On(..)) { 1000 } else { 0 };
        assert_eq!(BUSY.raise(&self.here), 1 + own);
    }

    /// Whoever has seen one of a pair never again sees one of an older pair, at either event.
    fn look_at_the_pair(&mut self) {
        let mut last = 0;
        for event in [&LEFT, &RIGHT, &RIGHT, &LEFT].into_iter().cycle().take(LOOKS) {
            let seen = event.raise(&());
            let [pair] = seen[..] else { panic!("{seen:?} at {event:?}") };
            assert!(pair >= last, "pair {pair} at {event:?} after pair {last}");
            last = pair;
        }
        add(&self.counts.paired, LOOKS as u64);
    }

    fn post(&mut self) {
        let to = CoreId::new(self.random(CORES as u64) as usize).expect("a core");
        let mut event = to;
        while let Err(back) = POSTED.post(to, event) {
            event = back.into_event();
            self.take_arrivals();
            std::thread::yield_now();
        }
        add(&self.counts.posted, 1);
    }

    fn come_or_go(&mut self) {
        self.own = match std::mem::replace(&mut self.own, Own::Off) {
            Own::Off => self.come(),
            Own::On(binding, is_gone) => match self.random(2) {
                0 => Own::Leaving(binding.uninstall_soon(), is_gone),
                // Where two wait for each other, one is told, and has to look again later.
                _ => match binding.uninstall() {
                    Ok(()) => {
                        is_gone.store(true, Ordering::Relaxed);
                        Own::Off
                    }
                    Err(_) => Own::Leaving(binding.uninstall_soon(), is_gone),
                },
            },
            Own::Leaving(departure, is_gone) if departure.is_complete() => {
                is_gone.store(true, Ordering::Relaxed);
                Own::Off
            }
            leaving => leaving,
        };
    }

    fn come(&mut self) -> Own {
        let is_gone = Arc::new(AtomicBool::new(false));
        let (here, token, is_over) = (self.here, Token::new(), is_gone.clone());
        let handler = move |core: &usize| {
            let _held = &token;
            // Long enough for its core to be taken away, so that others uninstall it meanwhile.
            if *core != here {
                std::thread::yield_now();
            }
            assert!(!is_over.load(Ordering::Relaxed), "ran after it had been left by everybody");
            if *core == here { 1000 } else { 0 }
        };
        let only_here = Pattern::equal(here as u64);
        let binding = match self.random(4) {
            0 => BUSY.bind().when(&KEY, only_here).install(handler),
            1 => BUSY.bind().guard(move |core: &usize| *core == here).first().install(handler),
            2 => BUSY.bind().budget(Budget::microseconds(100)).install(handler),
            _ => BUSY.install(handler),
        };
        Own::On(binding.expect("an open event"), is_gone)
    }

    pub(crate) fn exchange_the_pair(&mut self) {
        let mut pair = PAIR.lock().expect("nobody has panicked");
        let number = pair.as_ref().map_or(0, |(number, _)| *number) + 1;
        let new = [&LEFT, &RIGHT].map(|event| {
            let (counts, token) = (self.counts.clone(), Token::new());
            let handler = move |(): &()| {
                let _held = &token;
                add(&counts.pair_handled, 1);
                number
            };
            event.bind().create(handler).expect("an open event")
        });
        let old = pair.as_ref().map_or(vec![], |(_, [left, right])| vec![left, right]);
        swap(&old, &new.each_ref()).expect("room for two");
        *pair = Some((number, new));
    }

    /// A handler that fails is taken off after a while; the default serves at each raise.
    fn fail(&mut self) {
        if self.faulty.as_ref().is_none_or(|faulty| !faulty.is_installed()) {
            let token = Token::new();
            let bind = FAULTY.bind().budget(Budget::microseconds(100));
            let faulty = bind.install(move |()| {
                let _held = &token;
                overrun_here()
            });
            self.faulty = Some(faulty.expect("an open event"));
        }
        assert_eq!(FAULTY.raise(&()), Ok(7));
    }

    /// Takes its own handlers off.
    pub(crate) fn leave(&mut self) {
        match std::mem::replace(&mut self.own, Own::Off) {
            Own::On(binding, _) => assert!(binding.uninstall_soon().was_installed()),
            Own::Off | Own::Leaving(..) => {}
        }
        if let Some(faulty) = self.faulty.take() {
            faulty.uninstall_soon();
        }
    }
}

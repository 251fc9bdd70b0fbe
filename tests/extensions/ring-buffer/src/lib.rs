//! ring-buffer: keeps the last words that it was given, and counts them, in memory that never grows.
//!
//! `raise ring-buffer WORDS` adds words and says what is held now. A private dependency from the registry does the keeping:
//! heapless, whose ring and map live in a `static` of this extension.
#![no_std]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use core::convert::Infallible;
use core::str::FromStr;

use heapless::Deque;
use heapless::index_map::FnvIndexMap;
use spindle_console::Console;
use spindle_domain::{Identity, InitResult, extension};
use spindle_event::{Event, Exclusive, Owner};

extension! { name: "ring-buffer", init: init }

/// Owns the events of this extension.
static OWNER: Owner = Owner::new();

static WORDS: Event<Words> = Event::new("ring-buffer", &OWNER);

/// So many words are held; the oldest goes when there is one more.
const HELD: usize = 4;
/// So many different words are counted; a power of two.
const COUNTED: usize = 8;

/// So many letters of a word count, each of at most four bytes.
const WORD_LETTERS: usize = 5;

/// A word, cut to what fits.
type Word = heapless::String<{ 4 * WORD_LETTERS }>;

/// What a raise carries: words with blanks between them.
struct Words(String);

impl FromStr for Words {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.into()))
    }
}

/// The words.
struct Ring {
    last: Deque<Word, HELD>,
    counts: FnvIndexMap<Word, u32, COUNTED>,
    uncounted: u32,
}

static RING: Exclusive<Ring> =
    Exclusive::new(Ring { last: Deque::new(), counts: FnvIndexMap::new(), uncounted: 0 });

impl Ring {
    fn add(&mut self, text: &str) {
        let word: Word = text.chars().take(WORD_LETTERS).collect();
        if let Some(count) = self.counts.get_mut(&word) {
            *count += 1;
        } else if self.counts.insert(word.clone(), 1).is_err() {
            self.uncounted += 1;
        }
        if self.last.is_full() {
            self.last.pop_front();
        }
        // There is room: one was just taken out.
        let _ = self.last.push_back(word);
    }

    fn describe(&self) -> String {
        let mut said = String::from("holds");
        for word in &self.last {
            said.push(' ');
            said.push_str(word);
        }
        if let Some((word, count)) = self.counts.iter().max_by_key(|(_, count)| **count) {
            said.push_str(&format!("; {word} {count} times"));
        }
        said.push_str(&format!("; {} not counted", self.uncounted));
        said
    }
}

fn init(me: &Identity) -> InitResult {
    let console = Console::open()?;
    WORDS.owned(&OWNER)?.install(move |words| {
        let said = RING.with(|ring| {
            words.0.split_whitespace().for_each(|word| ring.add(word));
            ring.describe()
        });
        let _ = match said {
            Ok(said) => writeln!(console, "ring-buffer: {said}"),
            Err(busy) => writeln!(console, "ring-buffer: {busy}"),
        };
    })?;
    me.open("ring-buffer", &WORDS)?;
    Ok(())
}

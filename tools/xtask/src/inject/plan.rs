//! Plan: what is done to the victim in a run. Made of seed and number of the run alone, so that each run can be repeated.

use std::fmt;

/// Most instructions from the beginning of a piece of work to the moment of the fault; a piece takes some 8000.
const MOST_STEPS: u64 = 3000;
/// How many pieces of work there are in the command under which the fault happens.
pub(crate) const ROUNDS: u64 = 20;

/// Where a bit is flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// In its instructions.
    Text,
    /// In its own variables.
    Data,
    /// In those of its variables that are its events: what the interface knows of them.
    Events,
    /// In the frames of its functions that run.
    Stack,
    /// In a message of its own that waits in an inbox.
    Inbox,
    /// There, where it says which code is to be run: no address of any code remains. Not among those that take turns: it is what
    /// any layout of the kernel makes sure to show.
    Astray,
}

impl Class {
    /// All of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Text, Self::Data, Self::Events, Self::Stack, Self::Inbox, Self::Astray];
    /// Those that are drawn, in the order in which runs take their turn.
    const DRAWN: [Self; 5] = [Self::Text, Self::Data, Self::Events, Self::Stack, Self::Inbox];
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Data => "data",
            Self::Events => "events",
            Self::Stack => "stack",
            Self::Inbox => "inbox",
            Self::Astray => "astray",
        })
    }
}

/// What is done in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Where.
    pub(crate) class: Class,
    /// How many pieces of work go well before.
    pub(crate) rounds: u64,
    /// How many instructions of the next one are carried out.
    pub(crate) steps: u64,
    /// Which of the places of this class, as a number that is reduced to how many there are.
    pub(crate) place: u64,
    /// Which bit of the byte.
    pub(crate) bit: u8,
}

impl Plan {
    /// The plan of one run.
    pub(crate) fn new(seed: u64, run: u64) -> Self {
        let mut dice = Dice(seed);
        dice.0 = dice.next() ^ run;
        // A message waits only until the other core has its turn.
        let class = Class::DRAWN[(run % Class::DRAWN.len() as u64) as usize];
        let steps = if class == Class::Inbox { 0 } else { dice.next() % MOST_STEPS };
        Self { class, rounds: dice.next() % ROUNDS, steps, place: dice.next(), bit: (dice.next() % 8) as u8 }
    }

    /// The one in which a message sends its core to where no code is: bit 62 of an address of the kernel's half is set.
    pub(crate) fn astray() -> Self {
        Self { class: Class::Astray, rounds: 3, steps: 0, place: 0, bit: 6 }
    }
}

/// A generator of numbers: SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_the_same_each_time_and_unlike_the_others() {
        assert_eq!(Plan::new(1, 5), Plan::new(1, 5));
        assert_ne!(Plan::new(1, 5).place, Plan::new(1, 9).place);
        assert_ne!(Plan::new(1, 5).place, Plan::new(2, 5).place);
    }

    #[test]
    fn classes_take_turns() {
        let classes: Vec<Class> = (0..10).map(|run| Plan::new(7, run).class).collect();
        assert_eq!(classes, [Class::DRAWN, Class::DRAWN].concat());
    }

    #[test]
    fn the_generator_is_the_one_that_was_published() {
        let mut dice = Dice(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_moment_lies_within_the_work() {
        for run in 0..1000 {
            let plan = Plan::new(3, run);
            assert!(plan.rounds < ROUNDS && plan.steps < MOST_STEPS && plan.bit < 8);
        }
    }
}

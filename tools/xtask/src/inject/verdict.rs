//! Verdict: what a run with a fault in it amounts to, out of the transcript alone.
//!
//! The script is here too, since what may be said of it depends on it. Pure.

use std::fmt;

use spindle_harness::judge;
use spindle_harness::session::{Ending, Record};

use super::plan::ROUNDS;
use super::site::VICTIM;

/// What another extension says of each of its loads when nothing disturbs it.
const UNDISTURBED: &str = "steady: 300 raises, 300 posts of 300";
/// What is raised under the fault and afterwards; the victim is then ended, loaded again, and has to be as on the first day.
const SCRIPT: [&str; 15] = [
    "load steady",
    "load victim",
    "raise victim 20",
    "raise victim 20",
    "raise steady 300",
    "raise victim-told",
    "raise victim 20",
    "raise steady 300",
    "domains",
    "unload victim",
    "load victim",
    "raise victim 20",
    "raise steady 300",
    "raise victim-told",
    "halt",
];
/// How the kernel goes on behind the name of whom it blames.
const BLAME: [&str; 8] = [
    " panicked",
    " faulted",
    " overflowed its stack",
    " took too long",
    ": handler of binding",
    ": guard of binding",
    ": a destructor",
    " in what the kernel ran for it",
];

/// What is typed.
pub(crate) fn script() -> Vec<String> {
    SCRIPT.map(str::to_owned).to_vec()
}

/// What a run amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is different.
    NoEffect,
    /// The victim was blamed, or its own results were wrong; all others and a new start were as ever.
    Contained {
        /// What was seen of the fault first.
        seen: String,
    },
    /// Somebody else was blamed.
    BlamedWrongly {
        /// What was said.
        line: String,
    },
    /// Another extension was disturbed, or the victim can't be ended and loaded again.
    Spread {
        /// What was different.
        what: String,
    },
    /// The kernel broke down, or hangs.
    Lost {
        /// How that was seen.
        how: String,
    },
}

impl Verdict {
    /// In a table's head.
    pub(crate) const NAMES: [&str; 5] = ["no effect", "contained", "blamed wrongly", "spread", "kernel lost"];

    /// Which of [`Verdict::NAMES`].
    pub(crate) fn index(&self) -> usize {
        match self {
            Self::NoEffect => 0,
            Self::Contained { .. } => 1,
            Self::BlamedWrongly { .. } => 2,
            Self::Spread { .. } => 3,
            Self::Lost { .. } => 4,
        }
    }

    /// Whether the fault went farther than it may.
    pub(crate) fn is_loss(&self) -> bool {
        self.index() > 1
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[self.index()])?;
        match self {
            Self::NoEffect => Ok(()),
            Self::Contained { seen: what }
            | Self::BlamedWrongly { line: what }
            | Self::Spread { what }
            | Self::Lost { how: what } => write!(f, ": {what}"),
        }
    }
}

/// Judges.
pub(crate) fn judged(record: &Record) -> Verdict {
    let lines: Vec<&str> = record.lines.iter().filter(|line| !line.is_echo).map(|line| &*line.text).collect();
    if let Some(how) = lost(record, &lines) {
        return Verdict::Lost { how };
    }
    let blames: Vec<(&str, &str)> = lines.iter().filter_map(|line| Some((blamed(line)?, *line))).collect();
    // Of a domain that has ended the kernel has no name any more.
    if let Some((_, line)) = blames.iter().find(|(name, _)| *name != VICTIM && *name != "a domain") {
        return Verdict::BlamedWrongly { line: (*line).to_owned() };
    }
    if let Some(what) = spread(&lines) {
        return Verdict::Spread { what };
    }
    let seen = blames.first().map(|(_, line)| *line).or_else(|| wrong(&lines));
    seen.map_or(Verdict::NoEffect, |seen| Verdict::Contained { seen: seen.to_owned() })
}

fn lost(record: &Record, lines: &[&str]) -> Option<String> {
    if let Some(line) = lines.iter().find(|line| judge::is_catastrophe(line)) {
        return Some((*line).to_owned());
    }
    let last = lines.last().copied().unwrap_or("nothing at all");
    match record.ending {
        Ending::TimedOut => Some(format!("it hangs; the last it said is: {last}")),
        Ending::Crashed => Some("QEMU crashed".to_owned()),
        Ending::AskedForMore => Some("it does not halt".to_owned()),
        Ending::Exited(0 | 1) if record.unsent.is_empty() => None,
        Ending::Exited(status) => Some(format!("it left with status {status}; the last it said is: {last}")),
    }
}

/// Who is blamed by what the kernel says.
fn blamed(line: &str) -> Option<&str> {
    let (stamp, said) = line.split_once("] ")?;
    if !stamp.starts_with('[') {
        return None;
    }
    let end = BLAME.iter().filter_map(|how| said.find(how)).min()?;
    let name = said[..end].split(':').next()?;
    (!name.contains(' ') || name == "a domain").then_some(name)
}

/// What is different of others, or after a new start.
fn spread(lines: &[&str]) -> Option<String> {
    let wanted = SCRIPT.iter().filter(|command| command.starts_with("raise steady")).count();
    let steady: Vec<&&str> = lines.iter().filter(|line| line.starts_with("steady: ")).collect();
    if let Some(other) = steady.iter().find(|line| ***line != UNDISTURBED) {
        return Some((**other).to_owned());
    }
    if steady.len() != wanted {
        return Some(format!("steady has answered {} of {wanted} times", steady.len()));
    }
    let starts: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].starts_with("victim: rounds at ")).collect();
    let Some(again) = starts.get(1).and_then(|at| lines.get(*at..)) else {
        return Some("the victim can't be loaded again".to_owned());
    };
    for wanted in [whole_run(), whole_count(1)] {
        if !again.contains(&&*wanted) {
            return Some(format!("loaded again the victim does not say: {wanted}"));
        }
    }
    None
}

/// What the victim says when all results were right.
fn whole_run() -> String {
    format!("victim: {ROUNDS} rounds, 0 wrong")
}

/// What it says of the posts of so many runs.
fn whole_count(runs: u64) -> String {
    format!("victim: {} arrived, 0 damaged", 2 * runs * ROUNDS)
}

/// What of the victim's own results is different.
fn wrong<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let wanted = [whole_run(), whole_run(), whole_count(2), whole_run(), whole_run(), whole_count(1)];
    let is_result = |line: &&&str| line.starts_with("victim: ") && !line.starts_with("victim: rounds at ");
    let results: Vec<&&str> = lines.iter().filter(is_result).collect();
    let other = results.iter().zip(&wanted).find(|(result, wanted)| ***result != **wanted);
    match other {
        Some((result, _)) => Some(result),
        None if results.len() != wanted.len() => Some("a result of the victim's is missing"),
        None => None,
    }
}

#[cfg(test)]
mod tests;

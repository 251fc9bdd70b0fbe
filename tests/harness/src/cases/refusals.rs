//! Objects that the kernel must refuse: each with words that name the file, what is wrong in it, and nothing left behind.

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

/// Name of an object in the archive of the tests, and what the refusal has to say.
const REFUSED: [(&str, &[&str]); 13] = [
    ("unsigned", &["unsigned", "signature"]),
    ("altered", &["altered", "signature"]),
    ("truncated", &["truncated", "the header states"]),
    ("stranger", &["stranger", "key"]),
    ("revoked", &["`revoked`", "signed by key", "was revoked: it was `revoked-for-tests`"]),
    ("empty", &["empty"]),
    ("not-an-object", &["not-an-object"]),
    ("other-interface", &["other-interface", "spindle"]),
    ("missing-import", &["missing-import", "is not exported"]),
    ("strange-relocation", &["strange-relocation", "544"]),
    ("far-branch", &["far-branch", ".text"]),
    ("overreach", &["overreach", "spindle_control"]),
    ("nowhere", &["nowhere"]),
];

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = REFUSED.iter().map(|(name, words)| refusal(name, words)).collect();
    cases.push(nothing_stays_behind());
    cases
}

fn refusal(name: &str, words: &[&str]) -> Case {
    let load = format!("load {name}");
    let expected = words
        .iter()
        .fold(Expectation::shell(1).absent("Intruder Alert"), |expected, word| expected.contains(*word));
    Case::with_tests(&format!("refusal::{name}"), Machine::virt(), &[&load, "halt"], expected)
}

/// All of them over and over: what is refused leaves nothing, once logs and histories have stopped growing.
fn nothing_stays_behind() -> Case {
    let round: Vec<String> = REFUSED.iter().map(|(name, _)| format!("load {name}")).collect();
    let mut commands: Vec<&str> = Vec::new();
    for _ in 0..9 {
        commands.extend(round.iter().map(String::as_str));
        commands.push("mem");
    }
    commands.push("halt");
    let expected = Expectation::shell(1).settled("extensions").settled("heap");
    Case::with_tests("refusal::nothing_stays_behind", Machine::virt(), &commands, expected)
}

//! Every input of the corpus, run through the function that the fuzzer of its kind runs.

use std::fs;
use std::path::Path;

use spindle_inputs::{archive, file, names, note, object, path, relocate, transfer};

/// What inputs are given to.
type Run = fn(&[u8]);

/// Folder in `corpus`, and what its inputs are given to.
const KINDS: [(&str, Run); 8] = [
    ("archive", archive::run),
    ("file", file::run),
    ("names", names::run),
    ("note", note::run),
    ("object", object::run),
    ("path", path::run),
    ("relocate", relocate::run),
    ("transfer", transfer::run),
];

fn inputs(kind: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(kind);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths.map(|path| (path.display().to_string(), fs::read(&path).expect("readable"))).collect()
}

#[test]
fn what_must_hold_of_any_input_holds_of_each_in_the_corpus() {
    for (kind, run) in KINDS {
        let inputs = inputs(kind);
        assert!(!inputs.is_empty(), "no inputs of the kind {kind}");
        for (path, bytes) in inputs {
            let held = std::panic::catch_unwind(|| run(&bytes));
            assert!(held.is_ok(), "{path}");
        }
    }
}

/// Half of an input, and an input with a byte altered, are inputs as well. They are the same ones in every run.
#[test]
fn what_must_hold_of_any_input_holds_of_spoiled_ones() {
    const TRIES: usize = 64;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        // Marsaglia, "Xorshift RNGs", 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    for (kind, run) in KINDS {
        for (path, bytes) in inputs(kind).into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            for _ in 0..TRIES {
                let mut spoiled = bytes.clone();
                let at = next(bytes.len());
                match next(3) {
                    0 => spoiled.truncate(at),
                    1 => spoiled[at] = next(256) as u8,
                    _ => spoiled[at] ^= 1 << next(8),
                }
                let held = std::panic::catch_unwind(|| run(&spoiled));
                assert!(held.is_ok(), "{path}, spoiled at {at}");
            }
        }
    }
}

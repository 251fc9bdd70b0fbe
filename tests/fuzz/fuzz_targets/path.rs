//! Paths of the nameserver: one is taken as it is written, or refused for a reason.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::path::run(input));

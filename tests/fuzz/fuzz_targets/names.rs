//! What extensions do with names.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::names::run(input));

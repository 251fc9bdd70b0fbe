//! Objects: parsing does not panic, and what parses obeys the rules that later steps rely on.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::object::run(input));

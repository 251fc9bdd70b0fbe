//! Notes: what is read can be written, and is then read as the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::note::run(input));

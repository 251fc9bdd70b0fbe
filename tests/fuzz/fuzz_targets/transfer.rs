//! What comes over the serial line while an object is received.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::transfer::run(input));

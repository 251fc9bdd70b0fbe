//! Boot archives, and what `boot.conf` in them says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::archive::run(input));

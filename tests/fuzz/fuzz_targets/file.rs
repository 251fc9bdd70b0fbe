//! Signed files: the first byte says whether the rest is a file as it is, or a payload to be signed and then altered.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::file::run(input));

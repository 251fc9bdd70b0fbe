//! The whole walk behind the signature: the last bytes choose addresses, exports and grant, the rest is the object.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| spindle_inputs::relocate::run(input));

//! Puts bytes where the entry record lies.
#![no_std]

#[used]
#[link_section = ".ext.entry"]
static RECORD: [u64; 6] = [0x5845_4c44_4e49_5053, 1, 0, 0, 0, 0];

pub fn touch() {}

//! `'r` is a lifetime, but what looks like a raw string begins behind the tick.
#![no_std]

macro_rules! behind {
    ($tick:lifetime $text:literal $($code:tt)*) => { $($code)* };
}

behind!('r"\", " pub fn peek(at: usize) -> u8 { unsafe { *(at as *const u8) } } /* " */ );

pub fn touch() {}

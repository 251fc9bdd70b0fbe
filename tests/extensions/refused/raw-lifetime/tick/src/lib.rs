//! In editions before 2021, `'r#` before a word is a lifetime, a hash and that word.
#![no_std]

macro_rules! behind {
    ($tick:lifetime # $($code:tt)*) => { pub fn peek(at: usize) -> u8 { $($code)* { *(at as *const u8) } } };
}

behind!('r#unsafe);

pub fn touch() {}

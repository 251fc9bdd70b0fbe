//! Writes machine code, by the raw spelling of the word.
#![no_std]

core::arch::r#global_asm!(".globl halted", "halted: msr daifset, #15", "b halted");

pub fn touch() {}

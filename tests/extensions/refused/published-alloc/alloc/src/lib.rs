//! Not the compiler's.
#![no_std]

//! Time and timers.
#![no_std]

//! Not the interface.
#![no_std]

//! Nothing by itself.
#![no_std]

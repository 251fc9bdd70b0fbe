//! Counting instructions.
#![no_std]

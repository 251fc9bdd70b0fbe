//! The kernel as its shell sees it.
#![no_std]

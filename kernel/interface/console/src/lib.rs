//! The Console capability and the input event.
#![no_std]

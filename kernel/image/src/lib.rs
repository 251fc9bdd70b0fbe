//! The one kernel image.
#![no_std]

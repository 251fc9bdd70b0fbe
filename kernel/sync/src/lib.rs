//! Lock-free and locked building blocks of the kernel.
#![no_std]

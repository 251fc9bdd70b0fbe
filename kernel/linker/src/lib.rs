//! The run-time linker: object bytes in, placed bytes out.
#![no_std]

//! Is built if cargo is asked for whatever the workspace's manifest says.
#![no_std]

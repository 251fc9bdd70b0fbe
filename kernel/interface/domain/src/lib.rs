//! A Domain as its own extension sees it.
#![no_std]

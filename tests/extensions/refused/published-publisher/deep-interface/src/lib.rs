//! Wants to publish.
#![no_std]

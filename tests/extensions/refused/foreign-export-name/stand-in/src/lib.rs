//! Exports by another name than its own.
#![no_std]

#[cfg_attr(all(), export_name = "memset")]
pub fn touch() {}

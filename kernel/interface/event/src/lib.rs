//! Events: declare, install, raise, post.
#![no_std]

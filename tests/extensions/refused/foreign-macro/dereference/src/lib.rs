//! Reads memory for those who may not.
#![no_std]

#[macro_export]
macro_rules! read {
    ($pointer:expr) => {
        unsafe { *$pointer }
    };
}

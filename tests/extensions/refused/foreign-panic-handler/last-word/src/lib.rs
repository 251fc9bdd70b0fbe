//! Wants the last word on panics.
#![no_std]

#[panic_handler]
fn last(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

pub fn touch() {}

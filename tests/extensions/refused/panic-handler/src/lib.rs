//! panic-handler: panics of all others would come here.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "panic-handler", init: init }

fn init(_me: &Identity) -> InitResult {
    Ok(())
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

//! own-allocator: brings a heap of its own, which the kernel could neither charge nor take back.
#![no_std]

use spindle_domain::{Identity, InitResult, extension};

extension! { name: "own-allocator", init: init }

#[global_allocator]
static HEAP: own_heap::Heap = own_heap::Heap;

fn init(_me: &Identity) -> InitResult {
    Ok(())
}

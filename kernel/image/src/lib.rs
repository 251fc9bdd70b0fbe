//! The one kernel image: where everything below is put together.
//!
//! It names the entry, the panic handler and the heap, and nothing else; the kernel proper is `spincore`. It is built as a
//! static library and linked by `kernel.ld`. For the host it is an empty library, so that the checks of the whole workspace
//! cover it.
#![cfg_attr(target_os = "none", no_std)]

#[cfg(target_os = "none")]
mod kernel {
    use core::panic::PanicInfo;
    use spindle_machine::heap::Heap;

    spindle_machine::entry!(spincore::start::first_core);

    /// All memory that is allocated by name of no one else.
    #[global_allocator]
    static HEAP: Heap = Heap;

    #[panic_handler]
    fn panic(info: &PanicInfo<'_>) -> ! {
        spincore::report::panic(info)
    }
}

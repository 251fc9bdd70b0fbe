//! The same names as `aarch64`, for building and testing the crates above on the host. What needs a machine does nothing or
//! says that it can't be done; nothing here pretends to have run code or taken an interrupt.

use crate::address::PhysRange;
use crate::mmio::{DeviceRegion, MmioError};
use core::ptr::NonNull;

/// Zeroed memory in place of registers.
///
/// # Errors
/// [`MmioError::NotDevice`] for an empty range.
pub fn claim(range: PhysRange) -> Result<DeviceRegion, MmioError> {
    let words = vec![0_u64; (range.len_bytes() as usize).div_ceil(8)];
    let base = NonNull::new(words.leak().as_mut_ptr().cast::<u8>()).ok_or(MmioError::NotDevice(range))?;
    if range.len_bytes() == 0 {
        return Err(MmioError::NotDevice(range));
    }
    // SAFETY: leaked memory of that length, given to nobody else.
    Ok(unsafe { DeviceRegion::new(base, range.len_bytes() as usize) })
}

pub mod backtrace {
    //! No frames: the host has its own.

    /// How it is known that a call returns to an address.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Origin {
        /// By a frame record.
        Record,
        /// It lies on the stack.
        Stack,
    }

    /// Finds nothing.
    pub fn walk(_: u64, _: u64, _: &dyn Fn(usize) -> bool, _: &mut dyn FnMut(usize, Origin)) {}

    /// No frame record.
    #[must_use]
    pub fn here() -> u64 {
        0
    }
}

pub mod boot {
    //! What a core is given; nothing boots here.

    pub use crate::first_core::{BootInfo, FirstCore, ThisCore};

    /// Checks the type of an image's entry.
    #[macro_export]
    macro_rules! entry {
        ($main:path) => {
            const _: fn($crate::boot::FirstCore) -> ! = $main;
        };
    }
}

pub mod code;

pub mod cores {
    //! No other cores.

    use super::boot::ThisCore;
    pub use crate::start_method::{Conduit, StartError, StartMethod};

    /// Never starts one.
    ///
    /// # Errors
    /// Always [`StartError::NoMemory`].
    pub fn start(_: usize, _: u64, _: StartMethod, _: fn(ThisCore) -> !) -> Result<(), StartError> {
        Err(StartError::NoMemory)
    }

    /// Affinity 0.
    #[must_use]
    pub fn mpidr() -> u64 {
        0
    }
}

pub mod early {
    //! Standard error in place of a UART.

    /// Writes `text` to standard error.
    pub fn write(text: &str) {
        eprint!("{text}");
    }

    /// The same as a [`core::fmt::Write`].
    #[derive(Debug, Clone, Copy)]
    pub struct Early;

    impl core::fmt::Write for Early {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            write(text);
            Ok(())
        }
    }
}

pub mod callers;

pub mod exception;

pub mod heap {
    //! The host's own allocator.

    pub use std::alloc::System as Heap;
}

pub mod idle {
    //! Nothing to wait for.

    /// Lets other threads run.
    pub fn wait_for_interrupt() {
        std::thread::yield_now();
    }
}

pub mod image {
    //! No image: every table is empty.

    use crate::address::VirtAddr;
    use core::ops::Range;

    /// No text.
    #[must_use]
    pub fn text() -> Range<VirtAddr> {
        VirtAddr(0)..VirtAddr(0)
    }

    /// No symbols.
    #[must_use]
    pub fn ksymtab() -> &'static [u8] {
        &[]
    }

    /// No digests.
    #[must_use]
    pub fn kdeps() -> &'static [u8] {
        &[]
    }

    /// No keys.
    #[must_use]
    pub fn kkeys() -> &'static [u8] {
        &[]
    }

    /// No frames.
    #[must_use]
    pub fn kframes() -> &'static [u8] {
        &[]
    }

    /// No names.
    #[must_use]
    pub fn knames() -> &'static [u8] {
        &[]
    }
}

pub mod memory;

pub mod reserve {
    //! No stack is ever full.

    /// Never.
    #[must_use]
    pub fn is_open() -> bool {
        false
    }

    /// Nothing to close.
    pub fn close_left(_: &spindle_sync::Authority) {}
}

pub mod own_heap {
    //! Heaps without a window: nothing is linked to them.

    pub use crate::account::{Shortage, Usage};
    use crate::address::VirtAddr;
    pub use crate::own_heap_error::{NoHeap, Ways};
    use spindle_sync::Authority;

    /// Nothing but its limit.
    #[derive(Debug)]
    pub struct OwnHeap(usize);

    impl OwnHeap {
        /// Remembers the limit.
        ///
        /// # Errors
        /// None here.
        pub fn new(limit_bytes: usize) -> Result<Self, NoHeap> {
            Ok(Self(limit_bytes))
        }

        /// Nowhere.
        #[must_use]
        pub fn ways(&self) -> Ways {
            Ways { allocate: VirtAddr(0), allocate_zeroed: VirtAddr(0), reallocate: VirtAddr(0) }
        }

        /// Nothing but the limit.
        #[must_use]
        pub fn usage(&self) -> Usage {
            Usage { limit_bytes: self.0, ..Usage::default() }
        }
    }

    /// Nothing to give back.
    pub fn release(_: OwnHeap, _: &Authority) {}
}

pub mod context {
    //! No context ever leaves the core that it runs on.

    use core::marker::PhantomData;
    use spindle_sync::Authority;

    /// Registers that nobody takes.
    #[derive(Debug, Default)]
    pub struct Context<T: 'static>(PhantomData<fn(&'static T)>);

    impl<T: Sync> Context<T> {
        /// One that runs.
        #[must_use]
        pub const fn new() -> Self {
            Self(PhantomData)
        }

        /// Nothing to prepare.
        pub fn prepare(&self, _: &Authority, _: usize, _: extern "C" fn(&'static T) -> !) {}

        /// Never.
        pub fn is_aside(&self) -> bool {
            false
        }
    }

    /// Comes back at once.
    pub fn switch<T: Sync>(_: &Authority, _: &Context<T>, _: &Context<T>, here: &'static T) -> &'static T {
        here
    }

    /// Nobody is ever set aside.
    pub fn resume<T: Sync>(_: &Authority, _: &Context<T>, _: &Context<T>) -> &'static T {
        unreachable!("no context was set aside")
    }
}

pub mod stacks {
    //! Stacks that nothing runs on.

    pub use crate::stack_error::{NoStack, StackBytes};
    use spindle_sync::Authority;

    /// A stack without memory.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Stack(());

    impl Stack {
        /// No address.
        #[must_use]
        pub fn top(&self) -> usize {
            0
        }
    }

    /// Always one.
    ///
    /// # Errors
    /// None here.
    pub fn take(_: &Authority, _: StackBytes) -> Result<Stack, NoStack> {
        Ok(Stack(()))
    }

    /// Nothing to give back.
    pub fn give_back(_: &Authority, _: Stack) {}
}

pub mod power {
    //! Ends the process.

    use super::cores::Conduit;

    /// Nothing to remember.
    pub fn set_conduit(_: Conduit) {}

    /// Nothing to remember.
    pub fn set_watchdog(_: crate::mmio::DeviceRegion) {}

    /// Ends the process with `status`.
    pub fn exit(status: u32) -> ! {
        std::process::exit(status as i32)
    }
}

pub mod timer {
    //! A clock without an alarm.

    use std::sync::OnceLock;
    use std::time::Instant;

    /// Nanoseconds since the first call.
    #[must_use]
    pub fn now_ticks() -> u64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }

    /// A tick is a nanosecond.
    #[must_use]
    pub fn frequency_hz() -> u64 {
        1_000_000_000
    }

    /// Nothing to set.
    pub fn set_deadline(_: u64) {}

    /// Nothing to lower.
    pub fn disarm() {}
}

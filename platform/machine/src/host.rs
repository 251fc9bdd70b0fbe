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

pub mod code {
    //! Placement in plain memory, which is never run.

    use crate::address::VirtAddr;
    pub use crate::code_error::{CodeError, Entry, Record, Sizes};
    use core::ops::Range;
    use spindle_sync::Authority;

    /// Three buffers.
    #[derive(Debug)]
    pub struct Writable([Vec<u8>; 3]);

    /// Buffers of the asked sizes.
    ///
    /// # Errors
    /// None here.
    pub fn reserve(sizes: Sizes) -> Result<Writable, CodeError> {
        Ok(Writable([sizes.text, sizes.rodata, sizes.data].map(|bytes| vec![0; bytes])))
    }

    impl Writable {
        /// Address of the first buffer.
        #[must_use]
        pub fn text_address(&self) -> VirtAddr {
            VirtAddr(self.0[0].as_ptr() as usize)
        }

        /// Address of the second buffer.
        #[must_use]
        pub fn rodata_address(&self) -> VirtAddr {
            VirtAddr(self.0[1].as_ptr() as usize)
        }

        /// Address of the third buffer.
        #[must_use]
        pub fn data_address(&self) -> VirtAddr {
            VirtAddr(self.0[2].as_ptr() as usize)
        }

        /// All three at once.
        pub fn sections(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
            let [text, rodata, data] = &mut self.0;
            (text, rodata, data)
        }

        /// Ends writing.
        ///
        /// # Errors
        /// None here.
        pub fn seal(self) -> Result<Sealed, CodeError> {
            Ok(Sealed(self.0))
        }
    }

    /// Buffers that are written no more.
    #[derive(Debug)]
    pub struct Sealed([Vec<u8>; 3]);

    impl Sealed {
        fn range(&self, index: usize) -> Range<usize> {
            let start = self.0[index].as_ptr() as usize;
            start..start + self.0[index].len()
        }

        /// Addresses of the first buffer.
        #[must_use]
        pub fn text_range(&self) -> Range<usize> {
            self.range(0)
        }

        /// Addresses of the second buffer.
        #[must_use]
        pub fn rodata_range(&self) -> Range<usize> {
            self.range(1)
        }

        /// Addresses of the third buffer.
        #[must_use]
        pub fn data_range(&self) -> Range<usize> {
            self.range(2)
        }

        /// Bytes of all three.
        #[must_use]
        pub fn size_bytes(&self) -> usize {
            self.0.iter().map(Vec::len).sum()
        }

        /// Never there: the host runs no extension.
        ///
        /// # Errors
        /// Always [`CodeError::NoEntry`].
        pub fn entry<F: Entry>(
            &self,
            record: Record,
            _: usize,
            _: &Authority,
        ) -> Result<Option<F>, CodeError> {
            Err(CodeError::NoEntry { offset: record.offset })
        }
    }

    /// Nothing to do.
    pub fn synchronise() {}

    /// Frees the buffers.
    pub fn release(code: Sealed) {
        drop(code);
    }
}

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

pub mod callers {
    //! Nobody's frames.

    use crate::fault::Fault;
    use core::convert::Infallible;
    use spindle_sync::Authority;
    use spindle_unwind::Rule;

    /// No frame: there is none of this.
    #[derive(Clone, Debug)]
    pub struct Callers(Infallible);

    /// How the core would go on in a frame.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Onward {
        /// By returning.
        Return,
        /// By calling something else.
        Instead(usize),
        /// By cleaning up.
        CleanUp(usize, u64),
    }

    /// Nowhere else.
    #[derive(Clone, Copy, Debug)]
    pub struct Elsewhere;

    impl Elsewhere {
        /// Where it was.
        pub const NOWHERE: Self = Self;

        /// Where it was.
        #[must_use]
        pub fn on_reserve(_: &Authority, _: &Fault, _: impl Fn(usize) -> bool) -> Self {
            Self
        }
    }

    impl Callers {
        /// None.
        #[must_use]
        pub fn here() -> Option<Self> {
            None
        }

        /// None.
        #[must_use]
        pub fn of_fault(_: &Fault) -> Option<Self> {
            None
        }

        /// None.
        #[must_use]
        pub fn at(_: usize) -> Option<Self> {
            None
        }

        /// Never called.
        #[must_use]
        pub fn is_on_stack(&self, _: usize) -> bool {
            match self.0 {}
        }

        /// Never called.
        #[must_use]
        pub fn pc(&self) -> usize {
            match self.0 {}
        }

        /// Never called.
        #[must_use]
        pub fn is_sent_to(&self, _: usize) -> bool {
            match self.0 {}
        }

        /// Never called.
        #[must_use]
        pub fn sp(&self) -> usize {
            match self.0 {}
        }

        /// Never called.
        #[must_use]
        pub fn is_below_stack(&self, _: u64) -> bool {
            match self.0 {}
        }

        /// Never called.
        pub fn step(&mut self, _: &Rule) -> bool {
            match self.0 {}
        }

        /// Never called.
        #[must_use]
        pub fn words(&self, _: usize) -> &[usize] {
            match self.0 {}
        }

        /// Never called.
        pub fn go_on(self, _: &Authority, _: Onward) -> ! {
            match self.0 {}
        }

        /// Never called.
        #[must_use]
        pub fn elsewhere(&self, _: &Authority, _: extern "C" fn() -> !) -> Elsewhere {
            match self.0 {}
        }
    }
}

pub mod exception {
    //! No exceptions arrive.

    pub use crate::fault::{Cause, Fault, Upcalls};
    use core::marker::PhantomData;
    use spindle_sync::boundary::Landing;

    /// A core that is never interrupted.
    #[derive(Debug)]
    pub struct Interrupted<'a>(PhantomData<&'a mut ()>);

    /// An address to return to, which nobody has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Return {
        /// The address.
        pub address: usize,
    }

    impl Interrupted<'_> {
        /// Nowhere.
        pub fn pc(&self) -> usize {
            0
        }

        /// Never open.
        pub fn settle_reserve(&mut self) -> (bool, bool) {
            (false, false)
        }

        /// Nothing to call off.
        pub fn call_off(&mut self) {}

        /// Nothing to give up.
        pub fn give_up(&mut self, _: &Landing) {}

        /// No returns.
        pub fn find_return(&self, _: usize, _: impl Fn(usize) -> bool) -> Option<Return> {
            None
        }

        /// Nothing to give up.
        pub fn give_up_on_return(&mut self, _: Return) {}
    }

    /// Forgets them: nothing calls up here.
    pub fn register(_: Upcalls) {}

    /// Nothing to mask.
    pub fn irqs_unmask() {}

    /// Nothing to mask.
    pub fn irqs_mask() {}
}

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

pub mod memory {
    //! No memory service.

    use crate::address::PhysRange;
    pub use crate::memory_error::{MemoryError, Statistics};

    /// Does nothing.
    ///
    /// # Errors
    /// None here.
    pub fn initialise(_: &[PhysRange], _: &[PhysRange], _: usize) -> Result<(), MemoryError> {
        Ok(())
    }

    /// All zero.
    #[must_use]
    pub fn statistics() -> Statistics {
        Statistics {
            ram_bytes: 0,
            used_bytes: 0,
            image_bytes: 0,
            heap_bytes: 0,
            own_bytes: 0,
            spare_bytes: 0,
            code_bytes: 0,
            stack_bytes: 0,
            reserved_bytes: 0,
        }
    }

    /// Nobody is ever asked.
    pub fn set_judge(_: &spindle_sync::Authority, _: fn() -> bool) {}

    /// As much as there is of the host's.
    #[must_use]
    pub fn rest() -> (usize, u64) {
        (usize::MAX, 0)
    }

    /// There is no heap to look at.
    #[must_use]
    pub fn heap_now() -> Option<(usize, usize)> {
        None
    }

    /// Nothing is reserved.
    ///
    /// # Errors
    /// Always [`MemoryError::NotReserved`].
    pub fn bytes(range: PhysRange) -> Result<&'static [u8], MemoryError> {
        Err(MemoryError::NotReserved(range))
    }

    /// Nothing is mapped.
    ///
    /// # Errors
    /// Always [`MemoryError::NotRam`].
    pub fn peek<T>(range: PhysRange, _: impl FnOnce(&[u8]) -> T) -> Result<T, MemoryError> {
        Err(MemoryError::NotRam(range))
    }
}

pub mod reserve {
    //! No stack is ever full.

    /// Never.
    #[must_use]
    pub fn is_open() -> bool {
        false
    }
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

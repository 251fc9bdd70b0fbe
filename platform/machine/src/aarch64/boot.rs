//! From the boot assembly to the image's entry: what the first core learns about how it was started.
//!
//! Invariant: [`FirstCore`] is made once, [`ThisCore`] once for each core; both carry tokens that nothing else can mint.

use super::{early, image, layout};
use crate::address::{PhysAddr, PhysRange};
use core::arch::global_asm;
use core::slice;
use spindle_sync::{Authority, GRACE};

pub use crate::first_core::{BootInfo, FirstCore, ThisCore};

global_asm!(include_str!("boot.s"));

/// Names the function that the boot code calls: `fn(FirstCore) -> !`.
///
/// # Context
/// It is called at EL1 on core 0 with MMU and caches on, interrupts masked, on the stack of the image, with no heap yet.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[unsafe(export_name = "spindle_main")]
        fn __spindle_main(first: $crate::boot::FirstCore) -> ! {
            let main: fn($crate::boot::FirstCore) -> ! = $main;
            main(first)
        }
    };
}

unsafe extern "Rust" {
    /// The image's entry, defined by [`entry!`].
    safe fn spindle_main(first: FirstCore) -> !;
}

/// Called once by `boot.s` on the first core.
#[unsafe(no_mangle)]
extern "C" fn machine_first_core(tree: u64, load: u64, entry_level: u64) -> ! {
    early::choose_by_load_address(PhysAddr(load));
    image::set_load_address(PhysAddr(load));
    let info = BootInfo {
        device_tree: device_tree(tree),
        device_tree_at: PhysAddr(tree),
        entry_level: entry_level as u8,
        image: PhysRange::new(load, image::size_bytes() as u64),
    };
    // SAFETY: `boot.s` calls this function once, and nothing else mints an authority.
    let authority = unsafe { Authority::mint() };
    spindle_main(FirstCore { info, core: this_core(0), authority })
}

/// Registers the calling core, which has just started as `index`.
pub(crate) fn this_core(index: usize) -> ThisCore {
    // SAFETY: called once on each core, from its own first Rust function, before it reads any snapshot.
    let reader = unsafe { GRACE.register(index) };
    ThisCore { index, reader }
}

/// The tree at `address`, when there is one: right magic, plausible size, inside the linear map (which holds the gibibyte of
/// that address since `boot.s`). Devicetree Specification 0.4, section 5.2: magic and total size are the first two words,
/// big-endian.
fn device_tree(address: u64) -> Option<&'static [u8]> {
    const MAGIC: u32 = 0xd00d_feed;
    const LARGEST_BYTES: usize = 4 << 20;
    if address == 0 || !address.is_multiple_of(8) || address >= layout::LINEAR_LIMIT {
        return None;
    }
    let start = layout::linear(PhysAddr(address)).0 as *const u8;
    // SAFETY: `boot.s` has mapped the gibibyte that holds `address`, which is 8-aligned, so 8 bytes are readable.
    let header = unsafe { slice::from_raw_parts(start, 8) };
    let word = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let size_bytes = word(4) as usize;
    let fits = (address & 0x3fff_ffff) as usize + size_bytes <= 1 << 30;
    if word(0) != MAGIC || !(40..=LARGEST_BYTES).contains(&size_bytes) || !fits {
        return None;
    }
    // SAFETY: the whole tree lies in the mapped gibibyte; nobody writes to it before the memory service is initialised.
    Some(unsafe { slice::from_raw_parts(start, size_bytes) })
}

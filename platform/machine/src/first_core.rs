//! What a core is given when it starts.

use crate::address::{PhysAddr, PhysRange};
use spindle_sync::{Authority, grace::Reader};

/// How the first core was started.
#[derive(Debug, Clone, Copy)]
pub struct BootInfo {
    /// The flattened device tree, its whole `totalsize`; `None` when the firmware gave none. It lies in RAM and must be read
    /// before [`memory::initialise`](super::memory::initialise), which may give its frames away.
    pub device_tree: Option<&'static [u8]>,
    /// Where the firmware says that the tree lies, whatever is there.
    pub device_tree_at: PhysAddr,
    /// The exception level that the image was entered at: 1 or 2.
    pub entry_level: u8,
    /// Where the image lies in physical memory, its zeroed data and boot stacks included.
    pub image: PhysRange,
}

/// What a core is given when it starts. There is one for each core.
#[derive(Debug)]
pub struct ThisCore {
    /// The core's index; the first core has 0.
    pub index: usize,
    /// The core's part in grace periods.
    pub reader: Reader,
}

/// What the image's entry is given.
pub struct FirstCore {
    /// How the core was started.
    pub info: BootInfo,
    /// The core itself.
    pub core: ThisCore,
    /// The proof of being the kernel.
    pub authority: Authority,
}

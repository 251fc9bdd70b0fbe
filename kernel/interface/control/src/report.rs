//! Reports: what there is to say about cores, domains and memory.

use alloc::string::String;
use alloc::vec::Vec;

use spindle_domain::DomainId;
use spindle_event::CoreId;

/// A core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreReport {
    /// Which one.
    pub core: CoreId,
    /// What it does.
    pub state: CoreState,
    /// Its affinity, as MPIDR_EL1 gives it.
    pub affinity: u64,
    /// How many parcels it has taken out of its inbox.
    pub posts: u64,
    /// How many interrupts it has taken.
    pub interrupts: u64,
    /// How often it has gone to sleep.
    pub sleeps: u64,
    /// What it has been doing in the same turn for more than a second.
    pub busy: Option<BusyReport>,
}

/// What keeps a core busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyReport {
    /// Name of the domain whose code was found there; none for the kernel.
    pub domain: Option<String>,
    /// Seconds since its turn was first found to be the same.
    pub seconds: u64,
}

/// What a core does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreState {
    /// It runs, or sleeps until there is something to do.
    Online,
    /// It is awake and has kept interrupts out for seconds.
    Stuck,
    /// The machine has it, but it did not start.
    Failed,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainReport {
    /// Its number.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// Where it is in its life.
    pub state: DomainState,
    /// Names of the domains that it was linked to.
    pub linked_to: Vec<String>,
    /// Size of its code.
    pub text_bytes: usize,
    /// Size of its constants.
    pub rodata_bytes: usize,
    /// Size of its variables.
    pub data_bytes: usize,
    /// How many of its handlers are installed.
    pub bindings: usize,
    /// How often a handler or guard of it had to be given up.
    pub strikes: u64,
    /// What it has on the heap.
    pub heap: HeapReport,
    /// What it may have, and has.
    pub quotas: [QuotaReport; 6],
}

/// What a domain may have of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaReport {
    /// What of.
    pub quota: Quota,
    /// How much it has now.
    pub used: u64,
    /// The most it ever had, where that is known.
    pub most: Option<u64>,
    /// How much it may have, if that is limited.
    pub limit: Option<u64>,
    /// How often it was refused more.
    pub refused: u64,
}

/// What there can be a quota of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// Bytes on its heap.
    Heap,
    /// Pages of memory beside that.
    Frames,
    /// Handlers that it has bound.
    Bindings,
    /// Posts on their way, of the core that has most; without a quota they are not counted.
    Slots,
    /// Percent of the time of the core on which its handlers had most, in the tenth of a second that is passing; without a quota it
    /// is not measured.
    Share,
    /// Strands.
    Strands,
}

/// A domain that was ended for what it did, and does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallenReport {
    /// Its name.
    pub name: String,
    /// What it did last.
    pub why: String,
    /// How often it may be started again.
    pub most: usize,
    /// Within how many seconds.
    pub within_s: u64,
    /// Whether it is about to be; else it stays down.
    pub is_due: bool,
}

/// What a domain has on the heap, as the allocator rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapReport {
    /// Bytes now.
    pub bytes: usize,
    /// The most there ever were.
    pub most_bytes: usize,
    /// How many there may be.
    pub limit_bytes: usize,
    /// How often it was refused more.
    pub refusals: u64,
    /// Why, the last time.
    pub last_refusal: Option<HeapRefusal>,
}

/// Why a domain was refused memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeapRefusal {
    /// It would have had more than it may.
    OverLimit {
        /// What it asked for.
        bytes: usize,
    },
    /// There is no more, but for the kernel.
    NoMemory {
        /// What it asked for.
        bytes: usize,
    },
}

/// Where a domain is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainState {
    /// It waits to be linked and placed.
    Created,
    /// It is in its place, and its entry has not begun.
    Placed,
    /// Its entry has not returned.
    Starting,
    /// Its entry has returned, and its handlers are called.
    Running,
    /// Another version is about to take its place.
    Yielding,
    /// It is being taken apart.
    Ending,
}

/// An extension that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceReport {
    /// The domain that ends.
    pub old: DomainId,
    /// The one in its place.
    pub new: LoadReport,
    /// How many handlers were taken off.
    pub handlers_off: usize,
    /// How many were installed in the same step.
    pub handlers_on: usize,
    /// How many names the new one has opened.
    pub names: usize,
}

/// An extension that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// Its domain's number.
    pub id: DomainId,
    /// Its domain's name.
    pub name: String,
    /// Size of its code.
    pub text_bytes: usize,
    /// Size of its constants.
    pub rodata_bytes: usize,
    /// Size of its variables.
    pub data_bytes: usize,
    /// How many names of the kernel's it was linked to.
    pub imports: usize,
}

/// What memory is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryReport {
    /// All there is.
    pub ram_bytes: usize,
    /// What is in use, the parts below included.
    pub used_bytes: usize,
    /// The kernel's image.
    pub image_bytes: usize,
    /// The heap's share in use.
    pub heap_bytes: usize,
    /// What of the heap is domains' own.
    pub domains_bytes: usize,
    /// What of this is left of domains that have ended, and kept until those have that could hold some of it.
    pub custody_bytes: usize,
    /// RAM behind the heaps of domains that is not in use.
    pub spare_bytes: usize,
    /// Code, constants and variables of extensions.
    pub code_bytes: usize,
    /// Stacks.
    pub stack_bytes: usize,
}

/// A line of the kernel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When, as [`Control::uptime_ns`](crate::Control::uptime_ns) counts.
    pub at_ns: u64,
    /// Where.
    pub core: CoreId,
    /// What.
    pub text: String,
}

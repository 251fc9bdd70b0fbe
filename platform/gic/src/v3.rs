//! GICv3 and GICv4, over arm-gic: its distributor, its redistributors, its CPU interface in system registers.
//!
//! Ours is what arm-gic leaves to its user: which redistributor belongs to which core, the two-step end of interrupts, and the
//! order of barriers.
//!
//! Source: IHI 0069H, sections 2.1 (affinity), 4.4 (handling), 12.2 (system registers), 12.10 (redistributors).

mod controller;
mod frames;
mod interface;
#[cfg(test)]
mod tests;

pub(crate) use controller::V3;
pub(crate) use interface::Interface;

//! The interrupt controller: GICv2 and GICv3 behind one face.
//!
//! A [`Gic`] is set up once by the first core. Every core, the first included, then calls [`Gic::init_core`] for itself and gets
//! its [`CpuInterface`], through which it does everything else: enable, prioritise, route, send, and in the interrupt path
//!
//! ```text
//! acknowledge -> Acknowledged     the line is active now and cannot interrupt again
//! drop_priority(&Acknowledged)    other interrupts can
//! ... post, return; later, from the run loop, when the device is served ...
//! deactivate(Acknowledged)        this line can interrupt again
//! ```
//!
//! # Invariants
//! - `acknowledge`, `drop_priority`, `deactivate` and `send_sgi` take no lock and allocate nothing.
//! - Priority drop and deactivation are separate steps on both versions (EOImode 1), so a level-triggered line stays quiet until
//!   its device was served, without being masked.
//! - A register whose written ones act (enable, clear, deactivate) is never read, changed and written back.
//! - All interrupts are of the one group that the kernel owns: group 1 on GICv3 and on the non-secure side of a GICv2, group 0 on a
//!   GICv2 without security extensions.
//!
//! It does not know which interrupts exist, what they mean, or where the controller is: that is the board's. No ITS, no LPIs, no
//! virtual interrupts, no secure side.
//!
//! Source: Arm IHI 0048B (GICv2), IHI 0069H (GICv3, GICv4). `docs/decisions/0003-gic.md` says why GICv2 is our own.
#![no_std]

#[cfg(test)]
extern crate std;

mod acknowledged;
mod barrier;
mod cpu_interface;
#[cfg(test)]
mod device;
mod error;
mod gic;
mod priority;
mod registers;
mod v2;
mod v3;

pub use acknowledged::Acknowledged;
pub use arm_gic::{IntId, Trigger};
pub use cpu_interface::{CpuInterface, SgiTarget};
pub use error::GicError;
pub use gic::{Gic, Version};
pub use priority::Priority;

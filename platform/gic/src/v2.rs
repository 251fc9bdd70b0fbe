//! GICv2, our own: arm-gic's driver for it has four defects (see `docs/decisions/0003-gic.md`).
//!
//! It works where we are the only world (QEMU without `secure=on`) and where we are the non-secure one (a real Raspberry Pi 4):
//! the registers show us the bits of our own interrupt group in the same places, group bits are ours to set in the first case and
//! ignore us in the second. What differs is priorities: the non-secure view drops the top bit, so `0x80` here is `0xc0` in there.
//!
//! Source: IHI 0048B, sections 2.3 (views), 3.2 (handling), 4.3, 4.4.

mod distributor;
mod interface;
mod registers;
#[cfg(test)]
mod tests;

pub(crate) use distributor::{MAX_CORES, V2};
pub(crate) use interface::Interface;

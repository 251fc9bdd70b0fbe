//! Rules: what must be so where a strand leaves its core or comes back, asked in a checked build alone.
//!
//! A *checked build* is the kernel as it ships, but for these questions (`SPINDLE_CHECKS`, a word of the compiler's environment: interface crates are the
//! same to the byte, so extensions link to both). It is what the cases of `./x test` run on that name it. Who breaks a rule panics where it does.

use super::keeper;
use super::record::Record;
use super::station::Station;
use core::ptr;
use spindle_sync::{HOLDERS, boundary, this_core};

/// Whether this is a checked build.
const ARE_CHECKED: bool = option_env!("SPINDLE_CHECKS").is_some();

/// A strand is about to leave by itself, which it does at its own level alone: it holds no lock of the kernel's, which mask interrupts,
/// nor one of the interface's, no call stands below it that can be given up, and nothing is being given up.
#[inline(always)]
pub(super) fn at_own_level(me: &Record) {
    if ARE_CHECKED {
        check_own_level(me);
    }
}

#[cold]
fn check_own_level(me: &Record) {
    assert!(
        !this_core::is_masked(),
        "a strand leaves its core with interrupts masked, or a lock of the kernel's"
    );
    assert!(!HOLDERS.holds_one(), "a strand leaves its core with a lock of the interface's");
    assert!(!boundary::is_inside(), "a strand leaves its core in a call that can be given up");
    assert!(!keeper::is_giving_up(), "a strand leaves its core while something is given up");
    assert!(!me.context.is_aside(), "a strand runs that was set aside");
}

/// A strand has come back from a switch to the core of `station`, with its queue closed: what is for each core is that one's.
#[inline(always)]
pub(super) fn back_on(station: &Station) {
    if ARE_CHECKED {
        check_back(station);
    }
}

#[cold]
fn check_back(station: &Station) {
    assert!(ptr::eq(station, Station::here()), "a strand comes back with what is another core's");
    assert!(this_core::is_masked(), "a strand comes back with interrupts let in");
    assert!(station.current.get_own().is_some(), "a strand comes back where none runs");
}

/// The host has strands run, or is told that one has left: none runs here now.
#[inline(always)]
pub(super) fn at_host(station: &Station) {
    if ARE_CHECKED {
        assert!(ptr::eq(station, Station::here()), "a host acts for another core");
        assert!(station.current.get_own().is_none(), "the host runs beside a strand of its core");
        assert!(station.set_aside.get_own().is_none(), "somebody was set aside, and nobody has put him away");
    }
}

//! bench-handlers: the other domain of the benchmarks. It installs on `PROBE` what a measurement asks for.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;

use spindle_domain::{Domain, InitResult, extension};
use spindle_event::{Binding, Exclusive, InstallError};
use spindle_measure::{PROBE, SETUP, Setup};

extension! { name: "bench-handlers", init: init }

/// What is installed now.
static INSTALLED: Exclusive<Vec<Binding>> = Exclusive::new(Vec::new());

fn init(_domain: &Domain) -> InitResult {
    let _: Binding = SETUP.install(|setup| {
        let count = INSTALLED.with(|installed| set_up(installed, setup));
        // A raiser that asked for handlers sees by the number that it did not get them.
        count.map_or(usize::MAX, |count| count.unwrap_or(usize::MAX))
    })?;
    Ok(())
}

fn set_up(installed: &mut Vec<Binding>, setup: &Setup) -> Result<usize, InstallError> {
    for binding in installed.drain(..) {
        binding.uninstall_soon();
    }
    for turn in 0..setup.unguarded {
        installed.push(if turn == 0 { PROBE.install(handle)? } else { PROBE.install(nothing)? });
    }
    for _ in 0..setup.refusing {
        installed.push(PROBE.bind().guard(|number: &u64| *number == u64::MAX).install(nothing)?);
    }
    Ok(installed.len())
}

/// A handler that is there to be called and to return.
fn nothing(_: &u64) {}

/// As little as a handler can do without being nothing.
fn handle(number: &u64) {
    black_box(*number);
}

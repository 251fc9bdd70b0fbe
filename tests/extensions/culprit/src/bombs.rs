//! Bombs: more of everything than there is.

use alloc::vec::Vec;
use core::hint::black_box;

use spindle_console::Console;
use spindle_event::{Binding, InstallError, PostError};
use spindle_strand::{Strand, StrandError};

use crate::failures::last_core;
use crate::{CULPRIT, TARGET};

/// How much is taken at a time, in bytes.
const PIECE: usize = 1 << 20;
/// How many posts are tried.
const POSTS: u32 = 5000;
/// The least that a strand's stack has, in bytes.
const STACK: usize = 8 << 10;

/// Takes memory until there is none.
pub(crate) fn hoard() {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(Vec::<u8>::with_capacity(PIECE)));
    }
}

/// Installs until it is refused.
pub(crate) fn bind(console: &Console) {
    let Ok(target) = TARGET.owned(&CULPRIT) else { return };
    let mut bindings: Vec<Binding> = Vec::new();
    let refused = loop {
        match target.install(|_| ()) {
            Ok(binding) => bindings.push(binding),
            Err(refused) => break refused,
        }
    };
    let is_typed = matches!(refused, InstallError::TooMany { .. } | InstallError::NoRoom { .. });
    for binding in bindings.drain(..) {
        binding.uninstall_soon();
    }
    let _ = writeln!(console, "culprit: bindings: {refused} ({is_typed})");
}

/// Posts more than there are slots.
pub(crate) fn post(console: &Console) {
    let mut refused = 0;
    for number in 0..POSTS {
        if let Err(PostError::Full { .. }) = TARGET.post(last_core(), number.into()) {
            refused += 1;
        }
    }
    let all = if refused == POSTS { "all" } else { "some" };
    let _ = writeln!(console, "culprit: posts: {all} refused");
}

/// Begins strands until it is refused. They wait until their domain ends.
pub(crate) fn strands(console: &Console) {
    let refused = loop {
        let begun = Strand::build().name("bomb").stack_bytes(STACK).start(|me| {
            loop {
                me.block();
            }
        });
        if let Err(refused) = begun {
            break refused;
        }
    };
    let is_typed = matches!(refused, StrandError::OverQuota { .. } | StrandError::NoMemory { .. });
    let _ = writeln!(console, "culprit: strands: {refused} ({is_typed})");
}

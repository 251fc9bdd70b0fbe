//! Extensions that were made as an author makes them: outside of the repository, with the SDK's tool, and with private
//! dependencies from the registry.

use super::Case;
use crate::judge::Expectation;
use crate::machine::Machine;

pub(super) fn all() -> Vec<Case> {
    vec![
        made_outside("an_object_made_with_the_sdk_alone_loads", "outside"),
        made_outside("an_object_of_a_kernel_with_another_unrelated_interface_loads", "unrelated"),
        heapless(),
        smoltcp(),
    ]
}

/// What the template does, in an extension of this name.
fn made_outside(name: &str, extension: &str) -> Case {
    let commands = [
        &*format!("load {extension}"),
        &format!("raise {extension} front 3"),
        &format!("unload {extension}"),
        "halt",
    ];
    let expected = Expectation::shell(0).contains("3 at the front door");
    Case::with_tests(&format!("sdk::{name}"), Machine::virt(), &commands, expected)
}

/// Ring and map of a private crate keep their state from raise to raise, and are full when they are.
fn heapless() -> Case {
    let commands = [
        "load ring-buffer",
        "raise ring-buffer one two three one",
        "raise ring-buffer four five six seven eight nine ten one",
        "unload ring-buffer",
        "load ring-buffer",
        "raise ring-buffer anew",
        "halt",
    ];
    let expected = Expectation::shell(0)
        .contains("ring-buffer: holds one two three one; one 2 times; 0 not counted")
        .contains("ring-buffer: holds eight nine ten one; one 3 times; 2 not counted")
        .contains("ring-buffer: holds anew; anew 1 times; 0 not counted");
    Case::with_tests("sdk::a_private_crate_keeps_what_it_is_given", Machine::virt(), &commands, expected)
}

/// A whole TCP connection: opened, text and its answer, both ends closed, every checksum right.
fn smoltcp() -> Case {
    let commands = ["load netlab", "raise netlab spindle", "raise netlab madam", "unload netlab", "halt"];
    let expected = Expectation::shell(0)
        .contains("netlab: `eldnips` came back; 1 SYN, 1 SYN ACK, 2 FIN, 14 bytes, 0 unreadable")
        .contains("netlab: `madam` came back; 1 SYN, 1 SYN ACK, 2 FIN, 10 bytes, 0 unreadable")
        .absent("netlab failed");
    Case::with_tests("sdk::a_private_network_stack_talks_to_itself", Machine::virt(), &commands, expected)
}

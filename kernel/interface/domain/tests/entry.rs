//! The record that `extension!` makes, as an extension's crate makes it.

use spindle_domain::{EntryRecord, Identity, InitResult, extension};

extension! { name: "under-test", init: init }

fn init(_: &Identity) -> InitResult {
    Ok(())
}

#[test]
fn the_macro_makes_a_valid_record_with_name_and_entry() {
    let record: &EntryRecord = &SPINDLE_ENTRY;
    assert!(record.is_valid());
    assert_eq!(record.name(), "under-test");
    assert!(core::ptr::fn_addr_eq(record.init(), init as spindle_domain::Init));
}

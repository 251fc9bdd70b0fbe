//! Objects: parsing does not panic, and what parses obeys the rules that later steps rely on.

use spindle_linker::object::{MAX_ALIGN, MAX_REGION_BYTES, Place, Region};
use spindle_linker::{Bases, EntryShape, Exports, Object, Plan, PublishedTable};

const SHAPE: EntryShape = EntryShape {
    magic: u64::from_le_bytes(*b"SPINDLEX"),
    abi: 1,
    bytes: 48,
    name_at: 16,
    functions_at: &[32],
    optional_functions_at: &[40],
};

/// Takes `bytes` as such.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(bytes: &[u8]) {
    let object = match Object::parse(bytes, &SHAPE) {
        Ok(object) => object,
        Err(refused) => {
            let message = refused.to_string();
            assert!(message.chars().all(|c| !c.is_control()), "{message:?}");
            return;
        }
    };
    for section in object.sections() {
        assert!(section.align().is_power_of_two() && section.align() <= MAX_ALIGN);
        if section.region().is_some() {
            assert!(section.size() <= MAX_REGION_BYTES);
            assert!(section.data().len() == section.size() || section.data().is_empty());
        }
    }
    for symbol in object.symbols() {
        if let Place::Section { index, offset } = symbol.place() {
            let section = &object.sections()[index];
            assert!(offset + symbol.size() <= section.size());
            assert_eq!(section.region(), symbol.region());
        }
    }
    let Ok(plan) = Plan::new(&object) else { return };
    for section in object.sections() {
        assert_eq!(plan.offset(section.number()).is_some(), section.region().is_some());
        if let (Some(offset), Some(region)) = (plan.offset(section.number()), section.region()) {
            assert!(offset % section.align() == 0 && offset + section.size() <= plan.bytes(region));
        }
    }
    for published in object.published_symbols() {
        let symbol = &object.symbols()[published.symbol];
        assert!(symbol.is_global() && symbol.is_placed());
        assert!(published.crate_index < object.note().published().len());
    }
    let bases = Bases { text: 1 << 32, rodata: 2 << 32, data: 3 << 32 };
    let table = PublishedTable::new(&object, &plan, &bases).expect("the object's own plan");
    assert_eq!(table.symbols().len(), object.published_symbols().len());
    for symbol in table.symbols() {
        assert_eq!(table.lookup(symbol.hash, "").expect("listed").address, symbol.address);
    }
    assert!(Region::ALL.iter().all(|region| plan.bytes(*region) <= MAX_REGION_BYTES));
}

//! The whole walk behind the signature: the last bytes choose addresses, exports and grant, the rest is the object.
//!
//! A refusal writes nothing, and what is accepted is inside what was planned.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spindle_linker::{
    Bases, CrateSet, Digest, EntryShape, Export, Exports, Images, Interface, Object, Plan, relocate, resolve,
};

const SHAPE: EntryShape = EntryShape {
    magic: u64::from_le_bytes(*b"SPINDLEX"),
    abi: 1,
    bytes: 48,
    name_at: 16,
    functions_at: &[32],
    optional_functions_at: &[40],
};

/// How many bytes at the end of the input are choices.
const CHOICES: usize = 16;

/// What untouched memory holds.
const FILL: u8 = 0xa5;

/// A kernel that has nearly everything, somewhere.
struct Everything {
    near: u64,
    spread: u32,
    missing: u8,
    /// Whether the exports are of all crates, or of one that need not be declared.
    is_mixed: bool,
}

impl Exports for Everything {
    fn lookup(&self, hash: u64, name: &str) -> Option<Export> {
        let is_own = matches!(name, "start" | "ENTRY") || name.contains("hello");
        if is_own || hash % 256 < u64::from(self.missing) {
            return None;
        }
        let address = self.near.wrapping_add((hash % (1 + u64::from(self.spread))) & !15);
        let crate_index = if self.is_mixed { (hash % 3) as usize } else { 1 };
        Some(Export { address, crate_index })
    }

    fn crate_by_name(&self, name: &str) -> Option<(usize, Interface<'_>)> {
        (name == "spindle_event").then(|| (0, self.crate_by_index(0).expect("there")))
    }

    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>> {
        let digest = if index == 0 { Digest([0x11; 32]) } else { Digest::NONE };
        let name = ["spindle_event", "core", "alloc"].get(index)?;
        Some(Interface { name, digest })
    }

    fn compiler(&self) -> &str {
        "rustc 1.96.0"
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((bytes, choices)) = input.split_last_chunk::<CHOICES>() else { return };
    let Ok(object) = Object::parse(bytes, &SHAPE) else { return };
    let Ok(plan) = Plan::new(&object) else { return };
    let [a, b, c, d, e, f, g, h, missing, granted, slack, s0, s1, s2, s3, far] = *choices;
    let text = u64::from_le_bytes([0, 0, a, b, c, d, e, f]) & !0xffff;
    let gap = u64::from(g) << 12 | u64::from(far) << 28;
    let near = text.wrapping_sub(u64::from(h) << 20);
    let exports = Everything {
        near,
        spread: u32::from_le_bytes([s0, s1, s2, s3]),
        missing,
        is_mixed: granted >> 7 == 1,
    };
    let grant: CrateSet = (0..3).filter(|index| granted >> index & 1 == 0).collect();
    let imports = match resolve(&object, &exports, &grant) {
        Ok(imports) => imports,
        Err(refused) => {
            assert!(!refused.causes().is_empty());
            let _message = refused.to_string();
            return;
        }
    };
    let room = |bytes: usize| vec![FILL; (bytes + usize::from(slack)).saturating_sub(1)];
    let (mut t, mut r, mut w) = (room(plan.text_bytes()), room(plan.rodata_bytes()), room(plan.data_bytes()));
    let bases =
        Bases { text, rodata: text.wrapping_add(gap), data: text.wrapping_add(gap).wrapping_add(gap) };
    let images = Images { text: &mut t, rodata: &mut r, data: &mut w };
    match relocate(&object, &plan, &imports, &bases, images) {
        Ok(placed) => {
            assert_eq!(placed.relocations, object.relocation_count());
            assert_eq!(r[placed.entry_offset..][..8], SHAPE.magic.to_le_bytes());
        }
        Err(refused) => {
            let _message = refused.to_string();
            assert!([t, r, w].iter().flatten().all(|byte| *byte == FILL), "refused but written: {refused}");
        }
    }
});

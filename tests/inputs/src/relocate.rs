//! The whole walk behind the signature: the last bytes choose addresses, sources and grants, the rest is the object.
//!
//! Linking to a source changes nothing when it is refused, and what is unlinked is open again. A refusal writes nothing, and
//! what is accepted is inside what was planned.

use spindle_linker::{
    Bases, CrateSet, Digest, EntryShape, Export, Exports, Images, Imports, Interface, Linkage, Object, Plan,
    PublishedTable, SourceId, check_complete, check_ownership, relocate, resolve,
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
const CHOICES: usize = 18;

/// What untouched memory holds.
const FILL: u8 = 0xa5;

/// Crates of a source: name, and each byte of its digest.
type Crates = [(&'static str, u8); 3];

/// Those of the kernel; the compiler's own have no digest.
const KERNEL: Crates = [("spindle_event", 0x11), ("core", 0), ("alloc", 0)];
/// Those of another extension; the last differs from what the objects of the corpus were built against.
const OTHER: Crates = [("ledger_interface", 0x22), ("pong_interface", 0x33), ("spindle_event", 0x44)];

/// A source that has nearly everything, somewhere.
struct Everything {
    crates: &'static Crates,
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
        let index = self.crates.iter().position(|(other, digest)| *other == name && *digest != 0)?;
        Some((index, self.crate_by_index(index)?))
    }

    fn crate_by_index(&self, index: usize) -> Option<Interface<'_>> {
        let (name, digest) = self.crates.get(index)?;
        Some(Interface { name, digest: Digest([*digest; 32]) })
    }

    fn compiler(&self) -> &str {
        "rustc 1.96.0"
    }
}

/// Takes all but the last bytes of `input` as an object, and these as what happens to it.
///
/// # Panics
/// When something doesn't hold that has to.
pub fn run(input: &[u8]) {
    let Some((bytes, choices)) = input.split_last_chunk::<CHOICES>() else { return };
    let Ok(object) = Object::parse(bytes, &SHAPE) else { return };
    let Ok(plan) = Plan::new(&object) else { return };
    let [steps, others, a, b, c, d, e, f, g, h, missing, granted, slack, s0, s1, s2, s3, far] = *choices;
    let text = u64::from_le_bytes([0, 0, a, b, c, d, e, f]) & !0xffff;
    let gap = u64::from(g) << 12 | u64::from(far) << 28;
    let bases =
        Bases { text, rodata: text.wrapping_add(gap), data: text.wrapping_add(gap).wrapping_add(gap) };
    let spread = u32::from_le_bytes([s0, s1, s2, s3]);
    let near = text.wrapping_sub(u64::from(h) << 20);
    let kernel = Everything { crates: &KERNEL, near, spread, missing, is_mixed: granted >> 7 == 1 };
    let grant: CrateSet = (0..3).filter(|index| granted >> index & 1 == 0).collect();
    let imports = if steps == 0 {
        match resolve(&object, &kernel, &grant) {
            Ok(imports) => imports,
            Err(refused) => {
                assert!(!refused.causes().is_empty());
                let _message = refused.to_string();
                return;
            }
        }
    } else {
        let other = Everything { crates: &OTHER, missing: others, ..kernel };
        let own = PublishedTable::new(&object, &plan, &bases).expect("the object's own plan");
        let sources: [&dyn Exports; 3] = [&kernel, &other, &own];
        let Some(imports) = linked(&object, &sources, &grant, steps) else { return };
        imports
    };
    placed(&object, &plan, &imports, &bases, usize::from(slack));
}

/// Links `object` to some of `sources` and unlinks it again, as `steps` says.
fn linked(object: &Object<'_>, sources: &[&dyn Exports; 3], grant: &CrateSet, steps: u8) -> Option<Imports> {
    let mut linkage = Linkage::of(object);
    for step in 0..4 {
        let number = usize::from(steps >> (2 * step) & 3);
        let open = (linkage.open(), linkage.sources(), linkage.open_symbols().count());
        match sources.get(number) {
            Some(source) => match linkage.link(SourceId(number as u32), *source, grant) {
                Ok(found) => assert_eq!(linkage.open_symbols().count() + found, open.2),
                Err(refused) => {
                    assert!(!refused.causes().is_empty() && !refused.to_string().is_empty());
                    assert_eq!((linkage.open(), linkage.sources(), linkage.open_symbols().count()), open);
                }
            },
            None => {
                let all: CrateSet = (0..3).collect();
                let given_back = linkage.unlink(SourceId(0), &all);
                assert_eq!(linkage.open_symbols().count(), open.2 + given_back);
                assert!(!linkage.sources().contains(&SourceId(0)));
            }
        }
    }
    assert!(linkage.sources().iter().all(|source| (source.0 as usize) < sources.len()));
    let [kernel, ..] = sources;
    let is_complete = check_complete(&linkage, *kernel, grant);
    assert_eq!(is_complete.is_ok(), linkage.open().is_empty());
    assert_eq!(linkage.imports().is_some(), is_complete.is_ok());
    check_ownership(object, *kernel).ok()?;
    linkage.imports()
}

/// Places it, into memory that may be too little.
fn placed(object: &Object<'_>, plan: &Plan, imports: &Imports, bases: &Bases, slack: usize) {
    let room = |bytes: usize| vec![FILL; (bytes + slack).saturating_sub(1)];
    let (mut t, mut r, mut w) = (room(plan.text_bytes()), room(plan.rodata_bytes()), room(plan.data_bytes()));
    let images = Images { text: &mut t, rodata: &mut r, data: &mut w };
    match relocate(object, plan, imports, bases, images) {
        Ok(placed) => {
            assert_eq!(placed.relocations, object.relocation_count());
            assert_eq!(r[placed.entry_offset..][..8], SHAPE.magic.to_le_bytes());
        }
        Err(refused) => {
            let said = refused.to_string();
            assert!([t, r, w].iter().flatten().all(|byte| *byte == FILL), "refused but written: {said}");
        }
    }
}

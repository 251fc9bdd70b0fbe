//! Objects that a compiler and a linker made (see `tests/fixtures`), and a kernel to link them to.

use spindle_linker::export::fnv1a64;
use spindle_linker::note::NoteWriter;
use spindle_linker::{
    Bases, CrateSet, Digest, EntryShape, Images, KernelSymbol, LinkError, Note, Object, Placed, Plan,
    SymbolTable, relocate, resolve,
};

pub(crate) const EVERY_KIND: &[u8] = include_bytes!("../fixtures/every_kind.o");
pub(crate) const HELLO: &[u8] = include_bytes!("../fixtures/hello.o");

pub(crate) const COMPILER: &str = "rustc 1.96.0";
pub(crate) const EVENT_DIGEST: Digest = Digest([0x11; 32]);

/// Numbers of the crates in [`Kernel`].
pub(crate) const EVENT: u32 = 0;
pub(crate) const CONTROL: u32 = 1;
pub(crate) const CORE: u32 = 2;

/// The record that `spindle-domain` makes.
pub(crate) const SHAPE: EntryShape = EntryShape {
    magic: u64::from_le_bytes(*b"SPINDLEX"),
    abi: 1,
    bytes: 48,
    name_at: 16,
    functions_at: &[32],
    optional_functions_at: &[40],
};

/// Where `tests/fixtures/place.ld` puts the regions.
pub(crate) const BASES: Bases =
    Bases { text: 0xffff_ffff_8123_4000, rodata: 0xffff_ffff_8140_0000, data: 0xffff_ffff_8140_1000 };

/// What `tests/fixtures/place.ld` says of the imports.
pub(crate) const IMPORTS: [(&str, u64); 4] = [
    ("imported_function", 0xffff_ffff_8000_1234),
    ("imported_tail", 0xffff_ffff_87ab_cdf0),
    ("imported_static", 0xffff_ffff_8020_4008),
    ("small", 0x1234_5678),
];

/// A kernel's tables.
#[derive(Clone)]
pub(crate) struct Kernel {
    symbols: Vec<KernelSymbol>,
    crates: Vec<u8>,
}

impl Kernel {
    /// A kernel with the given exports, all of `spindle_event`.
    pub(crate) fn new(exports: &[(&str, u64)]) -> Self {
        let crates = NoteWriter::for_kernel(COMPILER)
            .interface("spindle_event", &EVENT_DIGEST)
            .interface("spindle_control", &Digest([0x22; 32]))
            .interface("core", &Digest::NONE)
            .finish()
            .expect("crates");
        let mut kernel = Self { symbols: Vec::new(), crates };
        for (name, address) in exports {
            kernel.export(name, *address, EVENT);
        }
        kernel
    }

    /// A kernel with everything that `object` imports, in its core crate, at made-up addresses.
    pub(crate) fn for_imports_of(object: &Object<'_>) -> Self {
        let mut kernel = Self::new(&[]);
        let imports = object.symbols().iter().filter(|s| s.place() == spindle_linker::object::Place::Import);
        for (number, symbol) in imports.enumerate() {
            kernel.export(symbol.name(), 0xffff_ffff_8000_0000 + 64 * number as u64, CORE);
        }
        kernel
    }

    /// Adds an export, or moves it to another address or crate.
    pub(crate) fn export(&mut self, name: &str, address: u64, crate_index: u32) {
        let hash = fnv1a64(name.as_bytes());
        self.symbols.retain(|symbol| symbol.hash != hash);
        self.symbols.push(KernelSymbol { hash, address, crate_index, reserved: 0 });
        self.symbols.sort_by_key(|symbol| symbol.hash);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.symbols.retain(|symbol| symbol.hash != fnv1a64(name.as_bytes()));
    }

    pub(crate) fn table(&self) -> SymbolTable<'_> {
        SymbolTable::new(&self.symbols, Note::parse(&self.crates).expect("note")).expect("table")
    }
}

/// What `place.ld` describes.
pub(crate) fn kernel() -> Kernel {
    Kernel::new(&IMPORTS)
}

/// The crates that an ordinary extension is given.
pub(crate) fn granted() -> CrateSet {
    [EVENT as usize, CORE as usize].into_iter().collect()
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Object<'_>, LinkError> {
    Object::parse(bytes, &SHAPE)
}

/// The regions of a linked object, with some bytes more than it needs.
pub(crate) struct Memory {
    pub(crate) text: Vec<u8>,
    pub(crate) rodata: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// What memory is filled with before an object is linked into it.
const FILL: u8 = 0xa5;

impl Memory {
    fn new(plan: &Plan) -> Self {
        let filled = |bytes| vec![FILL; bytes + 24];
        Self {
            text: filled(plan.text_bytes()),
            rodata: filled(plan.rodata_bytes()),
            data: filled(plan.data_bytes()),
        }
    }

    fn is_untouched(&self) -> bool {
        [&self.text, &self.rodata, &self.data].into_iter().flatten().all(|byte| *byte == FILL)
    }
}

/// Links `bytes` to `kernel` at `bases`. A refusal must have written nothing.
pub(crate) fn link(bytes: &[u8], kernel: &Kernel, bases: &Bases) -> Result<(Memory, Placed), LinkError> {
    let object = parse(bytes)?;
    let plan = Plan::new(&object)?;
    let imports = resolve(&object, &kernel.table(), &granted())?;
    let mut memory = Memory::new(&plan);
    let images = Images { text: &mut memory.text, rodata: &mut memory.rodata, data: &mut memory.data };
    match relocate(&object, &plan, &imports, bases, images) {
        Ok(placed) => Ok((memory, placed)),
        Err(refused) => {
            assert!(memory.is_untouched(), "refused but written: {refused}");
            Err(refused.into())
        }
    }
}

/// The message with which `bytes` are refused.
pub(crate) fn refusal(bytes: &[u8], kernel: &Kernel) -> String {
    match link(bytes, kernel, &BASES) {
        Ok(_) => "not refused".into(),
        Err(refused) => refused.to_string(),
    }
}

//! Draft: an object that was read and has its place reserved, and that is still to be linked.
//!
//! What it exports has addresses already, so two drafts can be linked to each other. Nothing of it is written before all that
//! it imports was found; until then its pages are zeros that nobody can run. Dropping it gives the pages back.

use super::exporter::{self, Exporter};
use super::load::LoadError;
use super::means::Means;
use super::public;
use super::unit::{State, Unit, Versions};
use crate::authority::authority;
use crate::symbols;
use crate::whereabouts::Places;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use spindle_domain::{DomainId, EntryRecord, Give, Identity, Init, Restart, Take};
use spindle_linker::{
    Bases, CrateSet, EntryShape, Images, LinkError, Linkage, Object, Plan, PublishedTable, check_complete,
    check_ownership, relocate, verify,
};
use spindle_machine::address::PAGE_SIZE;
use spindle_machine::code::{self, CodeError, Record, Sealed, Sizes, Writable};

/// Where the loader looks in `spindle_domain`'s entry record.
const ENTRY: EntryShape = EntryShape {
    magic: EntryRecord::MAGIC,
    abi: EntryRecord::ABI,
    bytes: size_of::<EntryRecord>(),
    name_at: EntryRecord::NAME_AT,
    functions_at: &[EntryRecord::INIT_AT],
    optional_functions_at: &[EntryRecord::GIVE_AT, EntryRecord::TAKE_AT],
};

/// An object on its way in.
#[derive(Debug)]
pub(super) struct Draft {
    name: String,
    /// The object's bytes, whose signature was found good.
    payload: Vec<u8>,
    plan: Plan,
    pages: Writable,
    linkage: Linkage,
    /// What it will draw on.
    means: Means,
    /// What it was resolved against.
    sources: Vec<DomainId>,
    /// The other objects among what it imports from.
    links: Vec<DomainId>,
    published: Arc<PublishedTable>,
}

impl Draft {
    /// Reads the signed object `file`, which may define nothing that is exported by the kernel or in `taken`, and which will
    /// draw on `means`.
    pub(super) fn read(file: &[u8], taken: &[Arc<PublishedTable>], means: Means) -> Result<Self, LoadError> {
        let kernel = symbols::kernel()?;
        let verified = verify(file, symbols::known_keys()).map_err(LinkError::File)?;
        let object = Object::parse(verified.payload(), &ENTRY)?;
        check_ownership(&object, kernel).map_err(LinkError::Resolve)?;
        for table in taken {
            check_ownership(&object, &**table).map_err(LinkError::Resolve)?;
        }
        let plan = Plan::new(&object).map_err(LinkError::Plan)?;
        check_frames(&object, &plan, means.quotas.frames)?;
        let pages = code::reserve(sizes_of(&plan))?;
        let published = PublishedTable::new(&object, &plan, &bases_of(&pages)).map_err(LinkError::from)?;
        Ok(Self {
            name: object.name().into(),
            payload: verified.payload().into(),
            linkage: Linkage::of(&object),
            means,
            plan,
            pages,
            sources: Vec::new(),
            links: Vec::new(),
            published: Arc::new(published),
        })
    }

    /// The object's own name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The other objects that it imports from.
    pub(super) fn links(&self) -> &[DomainId] {
        &self.links
    }

    /// What it was resolved against.
    pub(super) fn sources(&self) -> &[DomainId] {
        &self.sources
    }

    /// What it exports.
    pub(super) fn published(&self) -> &Arc<PublishedTable> {
        &self.published
    }

    /// How many names it imports.
    pub(super) fn imports(&self) -> usize {
        self.linkage.import_count()
    }

    /// What it will draw on.
    pub(super) fn means(&self) -> &Means {
        &self.means
    }

    /// How much it will take: ranges of those lengths, of no address.
    pub(super) fn places(&self) -> Places {
        let Sizes { text, rodata, data } = sizes_of(&self.plan);
        Places {
            text: 0..text,
            rodata: 0..rodata,
            data: 0..data,
            frames: Arc::default(),
            names: Arc::default(),
            has_control: false,
        }
    }

    /// Takes what `exporters` have, the parts of the domain `source`; says how many names that were.
    pub(super) fn link(&mut self, source: DomainId, exporters: &[Exporter]) -> Result<usize, LoadError> {
        let mut linkage = self.linkage.clone();
        let mut count = 0;
        for exporter in exporters {
            count += exporter.link(&mut linkage, &self.means)?;
        }
        self.linkage = linkage;
        self.settle();
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        Ok(count)
    }

    /// Gives back what was taken of `exporters`.
    pub(super) fn unlink(&mut self, source: DomainId, exporters: &[Exporter]) -> usize {
        let count = exporters.iter().map(|exporter| exporter.unlink(&mut self.linkage)).sum();
        self.settle();
        self.sources.retain(|other| *other != source);
        count
    }

    /// Gives back what was taken of a domain that is gone.
    pub(super) fn forget(&mut self, gone: DomainId) {
        self.linkage.unlink(exporter::source_of(gone), &exporter::all());
        self.settle();
        self.sources.retain(|other| *other != gone);
    }

    fn settle(&mut self) {
        self.links = self.linkage.sources().into_iter().filter_map(exporter::unit_of).collect();
    }

    /// All that is open, as it was written: interfaces, then names.
    pub(super) fn open(&self) -> Vec<String> {
        self.linkage.open()
    }

    /// Why it is not fully resolved, if it is not. Of the kernel it was given `granted`.
    pub(super) fn check_complete(&self, granted: &CrateSet) -> Result<(), LoadError> {
        let kernel = symbols::kernel()?;
        Ok(check_complete(&self.linkage, kernel, granted).map_err(LinkError::Resolve)?)
    }

    /// Relocates it into its pages and ends writing: from here on it could run, once each core has fetched its instructions
    /// anew.
    pub(super) fn place(mut self, id: DomainId) -> Result<Unit, LoadError> {
        let imports = self.linkage.imports().ok_or(LoadError::Gone)?;
        let object = Object::parse(&self.payload, &ENTRY)?;
        let bases = bases_of(&self.pages);
        let (text, rodata, data) = self.pages.sections();
        let placed = relocate(&object, &self.plan, &imports, &bases, Images { text, rodata, data })
            .map_err(LinkError::Relocate)?;
        let code = self.pages.seal()?;
        let offset = placed.entry_offset;
        let record = Record { offset, magic: EntryRecord::MAGIC, abi: EntryRecord::ABI };
        let init = code.entry::<Init>(record, EntryRecord::INIT_AT, authority())?;
        let give = code.entry::<Give>(record, EntryRecord::GIVE_AT, authority())?;
        let take = code.entry::<Take>(record, EntryRecord::TAKE_AT, authority())?;
        let [gives, takes] = [EntryRecord::GIVES_AT, EntryRecord::TAKES_AT].map(|at| object.entry_number(at));
        let crates = self.linkage.crates_of(exporter::KERNEL);
        let has_control = public::has_control(&crates, symbols::kernel()?.crate_names());
        Ok(Unit {
            identity: Identity::new(authority(), id, &self.name),
            state: State::Placed,
            places: Places {
                frames: object.frames().into(),
                names: object.function_names().into(),
                has_control,
                ..places_of(&code)
            },
            code_bytes: code.size_bytes(),
            strikes: 0,
            crates,
            imports: self.linkage.import_count(),
            sources: self.sources,
            links: self.links,
            published: self.published,
            means: self.means,
            init: init.ok_or(CodeError::NoEntry { offset })?,
            versions: give.zip(take).map(|(give, take)| Versions { gives, give, takes, take }),
            restart: Restart::of_number(object.entry_number(EntryRecord::RESTART_AT)),
            is_replaced: false,
            code,
        })
    }
}

/// Whether an object takes no more pages than `most`, if that is said.
fn check_frames(object: &Object<'_>, plan: &Plan, most: Option<usize>) -> Result<(), LoadError> {
    let frames = sizes_of(plan).pages() + table_pages(object.frames(), object.function_names());
    match most.filter(|most| frames > *most) {
        None => Ok(()),
        Some(most) => Err(LoadError::TooManyFrames { name: object.name().into(), frames, most }),
    }
}

/// How many pages the tables about an object count as.
pub(super) fn table_pages(frames: &[u8], names: &[u8]) -> usize {
    (frames.len() + names.len()).div_ceil(PAGE_SIZE)
}

fn sizes_of(plan: &Plan) -> Sizes {
    Sizes { text: plan.text_bytes(), rodata: plan.rodata_bytes(), data: plan.data_bytes() }
}

fn bases_of(pages: &Writable) -> Bases {
    Bases {
        text: pages.text_address().0 as u64,
        rodata: pages.rodata_address().0 as u64,
        data: pages.data_address().0 as u64,
    }
}

fn places_of(code: &Sealed) -> Places {
    let (text, rodata, data) = (code.text_range(), code.rodata_range(), code.data_range());
    Places { text, rodata, data, frames: Arc::default(), names: Arc::default(), has_control: false }
}

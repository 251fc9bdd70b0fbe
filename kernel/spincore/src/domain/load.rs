//! Load: from the bytes of a signed object to a running domain.
//!
//! [`load`] is the walk; each of its steps is one call, and each step before the entry undoes itself when a later one fails,
//! because what it made is dropped. The entry is the extension's own code: when it fails, the domain ends like any other, with
//! a grace period.
//!
//! This file does not know where the bytes came from.

use super::{DomainInfo, NameTaken, State, grant::Grant, unload};
use crate::authority::authority;
use crate::interrupt::{self, SilentCore};
use crate::symbols;
use alloc::string::{String, ToString};
use core::fmt;
use spindle_control::Stage;
use spindle_domain::{EntryRecord, Init};
use spindle_linker::note::NoteError;
use spindle_linker::object::Place;
use spindle_linker::resolve::Cause;
use spindle_linker::{
    Bases, EntryShape, Images, Imports, LinkError, Object, Placed, Plan, relocate, resolve, verify,
};
use spindle_machine::code::{self, CodeError, Sizes, Writable};

/// Where the loader looks in `spindle_domain`'s entry record.
const ENTRY: EntryShape = EntryShape {
    magic: EntryRecord::MAGIC,
    abi: EntryRecord::ABI,
    bytes: size_of::<EntryRecord>(),
    name_at: EntryRecord::NAME_AT,
    functions_at: &[EntryRecord::INIT_AT],
    optional_functions_at: &[],
};

/// A domain that was loaded.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The domain.
    pub(crate) domain: DomainInfo,
    /// How many names of the kernel's it was linked to.
    pub(crate) imports: usize,
}

/// Loads the signed object `file` as a domain that may import what `grant` says, and runs its entry.
///
/// # Errors
/// [`LoadError`]; everything that was taken for it is given back, at once or, after a failed entry, when its grace period is over.
///
/// # Context
/// Not in interrupt context, no lock held. Waits for the other cores to fetch their instructions anew.
pub(crate) fn load(file: &[u8], grant: Grant) -> Result<Loaded, LoadError> {
    let kernel = symbols::kernel()?;
    let verified = verify(file, symbols::trusted_keys()).map_err(LinkError::File)?;
    let object = Object::parse(verified.payload(), &ENTRY)?;
    let imports =
        resolve(&object, kernel, &grant.crates(kernel.crate_names())).map_err(LinkError::Resolve)?;
    let plan = Plan::new(&object).map_err(LinkError::Plan)?;
    let mut pages = code::reserve(sizes_of(&plan))?;
    let placed = write(&object, &plan, &imports, &mut pages)?;
    let code = pages.seal()?;
    interrupt::synchronise_cores()?;
    let init = code.entry::<Init>(placed.entry_offset, EntryRecord::MAGIC, EntryRecord::ABI, authority())?;
    let identity = super::enter(object.name(), grant, code)?;
    if let Err(cause) = init(&identity) {
        // Its text is the extension's own, which is about to go.
        let reason = cause.to_string();
        drop(cause);
        unload::abandon(identity.id());
        return Err(LoadError::Init { reason });
    }
    let domain = super::started(identity.id()).ok_or(LoadError::Gone)?;
    Ok(Loaded { domain, imports: import_count(&object) })
}

fn sizes_of(plan: &Plan) -> Sizes {
    Sizes { text: plan.text_bytes(), rodata: plan.rodata_bytes(), data: plan.data_bytes() }
}

/// Relocates the object into its pages, which are still writable and nobody's to run.
fn write(
    object: &Object<'_>,
    plan: &Plan,
    imports: &Imports,
    pages: &mut Writable,
) -> Result<Placed, LinkError> {
    let bases = Bases {
        text: pages.text_address().0 as u64,
        rodata: pages.rodata_address().0 as u64,
        data: pages.data_address().0 as u64,
    };
    let (text, rodata, data) = pages.sections();
    Ok(relocate(object, plan, imports, &bases, Images { text, rodata, data })?)
}

fn import_count(object: &Object<'_>) -> usize {
    object.symbols().iter().filter(|symbol| symbol.place() == Place::Import).count()
}

/// Why an object is not loaded.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// The image has no sound table of crates to link to.
    Kernel(NoteError),
    /// The object is not what it must be, or wants what it may not have.
    Link(LinkError),
    /// The code window refused.
    Code(CodeError),
    /// A core does not answer, so it might run stale instructions.
    Silent(SilentCore),
    /// A domain of this name is loaded.
    NameTaken(NameTaken),
    /// The extension's own entry failed.
    Init {
        /// What it said.
        reason: String,
    },
    /// The domain was taken away while its entry ran.
    Gone,
}

impl LoadError {
    /// How far the load came.
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::Link(LinkError::File(_)) => Stage::Signature,
            Self::Kernel(_) | Self::Link(LinkError::Object(_) | LinkError::Note(_) | LinkError::Entry(_)) => {
                Stage::Parse
            }
            Self::Link(LinkError::Resolve(error)) if error.causes().iter().all(is_interface) => {
                Stage::Interface
            }
            Self::Link(LinkError::Resolve(_)) => Stage::Resolve,
            Self::Link(LinkError::Relocate(_)) => Stage::Relocate,
            Self::Link(LinkError::Plan(_)) | Self::Code(_) | Self::Silent(_) | Self::NameTaken(_) => {
                Stage::Place
            }
            Self::Init { .. } | Self::Gone => Stage::Init,
        }
    }
}

/// Whether `cause` is about an interface as a whole, not about a single name.
fn is_interface(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::OtherCompiler { .. }
            | Cause::UnknownInterface { .. }
            | Cause::ForbiddenInterface { .. }
            | Cause::OtherInterface { .. }
    )
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(cause) => write!(out, "the kernel's own table of crates: {cause}"),
            Self::Link(cause) => cause.fmt(out),
            Self::Code(cause) => cause.fmt(out),
            Self::Silent(cause) => cause.fmt(out),
            Self::NameTaken(cause) => cause.fmt(out),
            Self::Init { reason } => write!(out, "its entry failed: {reason}"),
            Self::Gone => write!(out, "it was unloaded while its entry ran ({})", State::Ending),
        }
    }
}

impl core::error::Error for LoadError {}

/// One `From` per cause, so that the walk can use `?`.
macro_rules! from_cause {
    ($($variant:ident($cause:ty)),+ $(,)?) => {$(
        impl From<$cause> for LoadError {
            fn from(cause: $cause) -> Self {
                Self::$variant(cause)
            }
        }
    )+};
}

from_cause!(Kernel(NoteError), Link(LinkError), Code(CodeError), Silent(SilentCore), NameTaken(NameTaken));

//! Why an object is not loaded.

use super::super::means::NoMeans;
use super::super::unit::State;
use crate::interrupt::SilentCore;
use alloc::string::String;
use core::fmt;
use spindle_domain::{DomainId, Stage};
use spindle_event::End;
use spindle_event::own_slots::NoSlots;
use spindle_linker::LinkError;
use spindle_linker::note::NoteError;
use spindle_linker::resolve::Cause;
use spindle_machine::code::CodeError;
use spindle_machine::own_heap::NoHeap;

/// Why an object is not loaded.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// The image has no sound table of crates to link to.
    Kernel(NoteError),
    /// The object is not what it must be, or wants what it may not have.
    Link(LinkError),
    /// The code window refused.
    Code(CodeError),
    /// There is no heap left for it.
    Heap(NoHeap),
    /// There is too little memory.
    NoMemory {
        /// How many bytes there have to be.
        needed: usize,
        /// How many there are.
        left: usize,
    },
    /// There are no inbox slots for it.
    Slots(NoSlots),
    /// It takes more pages than it may have.
    TooManyFrames {
        /// Its name.
        name: String,
        /// How many it takes.
        frames: usize,
        /// How many it may have.
        most: usize,
    },
    /// A core does not answer, so it might run stale instructions.
    Silent(SilentCore),
    /// An object of this name is there already.
    NameTaken {
        /// The name.
        name: String,
    },
    /// A domain has ended.
    Ended {
        /// Its number.
        domain: DomainId,
    },
    /// It is no object that is still to be linked.
    NotOpen {
        /// Its name.
        name: String,
    },
    /// The extension's own entry failed.
    Init {
        /// What it said.
        reason: String,
    },
    /// The extension's own entry was given up.
    Failed {
        /// How it ended.
        end: End,
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
            Self::Link(LinkError::Plan(_))
            | Self::Code(_)
            | Self::Heap(_)
            | Self::NoMemory { .. }
            | Self::Slots(_)
            | Self::TooManyFrames { .. }
            | Self::Silent(_)
            | Self::NameTaken { .. } => Stage::Place,
            Self::Ended { .. } | Self::NotOpen { .. } => Stage::Find,
            Self::Init { .. } | Self::Failed { .. } | Self::Gone => Stage::Init,
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
            | Cause::InterfaceTaken { .. }
    )
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(cause) => write!(out, "the kernel's own table of crates: {cause}"),
            Self::Link(cause) => cause.fmt(out),
            Self::Code(cause) => cause.fmt(out),
            Self::Heap(cause) => cause.fmt(out),
            Self::NoMemory { needed, left } => {
                write!(out, "it takes {needed} bytes of memory to load it, and {left} are left")
            }
            Self::Slots(cause) => cause.fmt(out),
            Self::TooManyFrames { name, frames, most } => {
                write!(out, "`{name}` takes {frames} pages of memory, and may have {most}")
            }
            Self::Silent(cause) => cause.fmt(out),
            Self::NameTaken { name } => write!(out, "a domain called `{name}` is loaded already"),
            Self::Ended { domain } => write!(out, "domain {domain} has ended"),
            Self::NotOpen { name } => write!(out, "`{name}` is not an object that is still to be linked"),
            Self::Init { reason } => write!(out, "its entry failed: {reason}"),
            Self::Failed { end } => write!(out, "its entry {end}"),
            Self::Gone => write!(out, "it was unloaded while its entry ran ({})", State::Ending),
        }
    }
}

impl core::error::Error for LoadError {}

impl From<NoMeans> for LoadError {
    fn from(cause: NoMeans) -> Self {
        match cause {
            NoMeans::Heap(cause) => Self::Heap(cause),
            NoMeans::Slots(cause) => Self::Slots(cause),
        }
    }
}

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

from_cause!(Kernel(NoteError), Link(LinkError), Code(CodeError), Silent(SilentCore));

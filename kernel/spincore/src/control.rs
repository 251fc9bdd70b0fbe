//! Control: serves `spindle_control`, what a shell can see and do.
//!
//! Everything here answers with copies; nothing that is handed out keeps a domain alive or can be called. What an error says
//! to the operator is made here, out of the kernel's own typed errors.

mod events;

use crate::authority::authority;
use crate::domain::grant::Grant;
use crate::domain::load::Loaded;
use crate::domain::unload::UnloadError as Unload;
use crate::domain::{self, DomainInfo, State, load, unload};
use crate::{archive, dispatcher, interrupt, log, port, roster, uptime};
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use spindle_control::{
    CoreReport, DomainReport, DomainState, ENDED, EventError, EventReport, Kernel, LoadReport, LogLine,
    MemoryReport, Refused, RunReport, Stage, UnloadError,
};
use spindle_domain::{DomainId, TextError, names};
use spindle_event::State::Installed;
use spindle_event::registry::{self, BindingInfo, EventInfo};
use spindle_machine::{memory, power};

/// What belongs to no domain belongs to the kernel.
const KERNEL: &str = "kernel";

/// The kernel as its operator sees it.
#[derive(Debug)]
struct Operator;

/// Begins to serve control.
pub(crate) fn serve() {
    ENDED.declare();
    spindle_control::serve(authority(), Box::new(Operator));
}

/// Loads the extension `name` of the boot archive with the grant called `grant`.
///
/// # Errors
/// [`Refused`], with the stage at which it ended.
///
/// # Context
/// As for [`load::load`].
pub(crate) fn load_from_archive(name: &str, grant: &str) -> Result<Loaded, Refused> {
    let refuse = |stage, reason| Refused { file: name.into(), stage, reason };
    let grant = Grant::by_name(grant).map_err(|unknown| refuse(Stage::Find, unknown.to_string()))?;
    let file = archive::extension(name).map_err(|missing| refuse(Stage::Find, missing.to_string()))?;
    let loaded = load::load(file, grant).map_err(|error| refuse(error.stage(), error.to_string()))?;
    log::note(format_args!(
        "domain {} {name} loaded with {grant}: {} bytes, {} imports",
        loaded.domain.id, loaded.domain.code_bytes, loaded.imports
    ));
    Ok(loaded)
}

impl Kernel for Operator {
    fn cores(&self) -> Vec<CoreReport> {
        roster::list()
            .map(|(core, affinity, state)| {
                let (posts, sleeps) = dispatcher::counts(core);
                CoreReport { core, state, affinity, posts, interrupts: interrupt::count(core), sleeps }
            })
            .collect()
    }

    fn domains(&self) -> Vec<DomainReport> {
        let events = registry::events(authority());
        domain::list().into_iter().map(|info| domain_report(info, &events)).collect()
    }

    fn events(&self) -> Vec<EventReport> {
        events::reports()
    }

    fn trace(&self, name: &str, is_on: bool) -> Result<usize, EventError> {
        events::trace(name, is_on)
    }

    fn runs(&self, name: &str) -> Result<Vec<RunReport>, EventError> {
        events::runs(name)
    }

    fn names(&self) -> Vec<String> {
        names::opened(authority()).into_iter().map(|opened| opened.name).collect()
    }

    fn load(&self, name: &str, grant: Option<&str>) -> Result<LoadReport, Refused> {
        let grant = grant.unwrap_or(Grant::SpinPublic.name());
        let loaded = load_from_archive(name, grant);
        let Loaded { domain, imports } =
            loaded.inspect_err(|refused| log::note(format_args!("{refused}")))?;
        Ok(LoadReport {
            id: domain.id,
            name: domain.name,
            text_bytes: domain.places.text.len(),
            rodata_bytes: domain.places.rodata.len(),
            data_bytes: domain.places.data.len(),
            imports,
        })
    }

    fn unload(&self, name: &str) -> Result<DomainId, UnloadError> {
        unload::unload(name).map_err(|error| match error {
            Unload::Unknown { name } => UnloadError::Unknown { name },
            Unload::Ending { name } => UnloadError::Ending { name },
            Unload::Starting { name } => UnloadError::Starting { name },
            Unload::LastShell { name } => UnloadError::LastShell { name },
        })
    }

    fn raise(&self, name: &str, text: &str) -> Result<String, TextError> {
        names::raise(authority(), name, text)
    }

    fn memory(&self) -> MemoryReport {
        let now = memory::statistics();
        MemoryReport {
            ram_bytes: now.ram_bytes,
            used_bytes: now.used_bytes,
            image_bytes: now.image_bytes,
            heap_bytes: now.heap_bytes,
            code_bytes: now.code_bytes,
            stack_bytes: now.stack_bytes,
        }
    }

    fn uptime_ns(&self) -> u64 {
        uptime::now_ns()
    }

    fn log(&self) -> Vec<LogLine> {
        log::lines()
    }

    fn halt(&self, status: u8) -> ! {
        port::flush();
        power::exit(u32::from(status))
    }
}

fn domain_report(info: DomainInfo, events: &[EventInfo]) -> DomainReport {
    let is_own_and_on =
        |binding: &&BindingInfo| binding.state == Installed && info.places.text.contains(&binding.code);
    DomainReport {
        bindings: events.iter().flat_map(|event| &event.bindings).filter(is_own_and_on).count(),
        id: info.id,
        state: match info.state {
            State::Starting => DomainState::Starting,
            State::Running => DomainState::Running,
            State::Ending => DomainState::Ending,
        },
        grant: info.grant.name().into(),
        text_bytes: info.places.text.len(),
        rodata_bytes: info.places.rodata.len(),
        data_bytes: info.places.data.len(),
        strikes: info.strikes,
        name: info.name,
    }
}

/// Name of the domain that owns what lies at `address`.
fn owner(address: usize) -> String {
    domain::name_at(address).unwrap_or_else(|| KERNEL.into())
}

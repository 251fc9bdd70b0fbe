//! Control: serves `spindle_control`, what a shell can see and do.
//!
//! Everything here answers with copies; nothing that is handed out keeps a domain alive or can be called. What an error says
//! to the operator is made here, out of the kernel's own typed errors.

mod events;
mod quotas;

use crate::authority::{KERNEL_NAME, authority};
use crate::domain::load::NotLoaded;
use crate::domain::replace::Replaced;
use crate::domain::unload::{UnloadError as Unload, Users};
use crate::domain::{self, DomainInfo, State, heap, load, public, replace, unload};
use crate::{archive, counts, log, port, restart, roster, strand, turn, uptime};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use spindle_control::{
    BusyReport, CoreReport, DomainReport, DomainState, ENDED, EventError, EventReport, FallenReport,
    HeapRefusal, HeapReport, Kernel, LoadReport, LogLine, MemoryReport, OfficeError, Refused, ReplaceReport,
    RunReport, SchedulerReport, Stage, StrandReport, UnloadError,
};
use spindle_domain::{DomainId, Quotas, TextError, names};
use spindle_event::CoreId;
use spindle_event::State::Installed;
use spindle_event::registry::{self, BindingInfo, EventInfo};
use spindle_machine::own_heap::{Shortage, Usage};
use spindle_machine::{memory, power};

/// The kernel as its operator sees it.
#[derive(Debug)]
struct Operator;

/// Begins to serve control.
pub(crate) fn serve() {
    ENDED.declare();
    domain::service::serve();
    restart::set_load(|name, with, quotas| {
        load_from_archive(name, with, quotas).map(drop).map_err(|refused| format!("{refused}"))
    });
    spindle_control::serve(authority(), Box::new(Operator));
}

/// Loads the extensions `names` of the boot archive, separated by commas, linked to the domains `with` and to each other; each may
/// have `quotas`.
///
/// # Errors
/// [`Refused`], with the stage at which it ended.
///
/// # Context
/// As for [`load::load`].
pub(crate) fn load_from_archive(names: &str, with: &str, quotas: Quotas) -> Result<Vec<DomainInfo>, Refused> {
    let find = |name| {
        let missing = |error: archive::ArchiveError| refuse(name, Stage::Find, error.to_string());
        archive::extension(name).map(|file| (name, file)).map_err(missing)
    };
    let files = names.split(',').map(find).collect::<Result<Vec<_>, _>>()?;
    load_files(&files, with, quotas)
}

/// Loads the signed objects `files`, each with its name, linked to the domains `with`, separated by commas, and to each other.
fn load_files(files: &[(&str, &[u8])], with: &str, quotas: Quotas) -> Result<Vec<DomainInfo>, Refused> {
    let file = files.first().map_or("", |(name, _)| *name);
    let source = |name: &str| {
        let missing = || refuse(file, Stage::Find, format!("no domain is called `{name}`, to link it to"));
        domain::by_name(name).ok_or_else(missing)
    };
    let sources = with.split(',').map(source).collect::<Result<Vec<DomainId>, _>>()?;
    let loaded = load::load(files, &sources, quotas)
        .map_err(|NotLoaded { file, cause }| refuse(&file, cause.stage(), cause.to_string()))?;
    for DomainInfo { id, name, code_bytes, imports, places, .. } in &loaded {
        let (text, data) = (&places.text, &places.data);
        log::note(format_args!(
            "domain {id} {name} loaded with {with}: {code_bytes} bytes, {imports} imports, text at {text:#x?}, variables at {data:#x?}"
        ));
    }
    Ok(loaded)
}

/// Has the extension `new` of the boot archive take the place of the domain `old`.
///
/// # Errors
/// [`Refused`], with the stage at which it ended.
///
/// # Context
/// As for [`replace::replace`].
fn replace_from_archive(old: &str, new: &str) -> Result<ReplaceReport, Refused> {
    let missing = |error: archive::ArchiveError| refuse(new, Stage::Find, error.to_string());
    let file = archive::extension(new).map_err(missing)?;
    let Replaced { old: id, new: info, handlers, names } =
        replace::replace(old, file).map_err(|error| refuse(new, error.stage(), error.to_string()))?;
    log::note(format_args!(
        "domain {} {} in the place of {id} {old}: {} handlers off, {} on, {names} names",
        info.id, info.name, handlers.off, handlers.on
    ));
    let report = load_report(info);
    Ok(ReplaceReport { old: id, new: report, handlers_off: handlers.off, handlers_on: handlers.on, names })
}

fn refuse(file: &str, stage: Stage, reason: String) -> Refused {
    Refused { file: file.into(), stage, reason }
}

impl Kernel for Operator {
    fn cores(&self) -> Vec<CoreReport> {
        roster::list()
            .map(|(core, affinity, state)| {
                let (posts, sleeps) = counts::counts(core);
                let busy = turn::long(core).map(|(id, seconds)| {
                    let domain = id.map(|id| domain::name(id).unwrap_or_else(|| "a domain".into()));
                    BusyReport { domain, seconds }
                });
                CoreReport {
                    core,
                    state,
                    affinity,
                    posts,
                    interrupts: counts::interrupts(core),
                    sleeps,
                    busy,
                }
            })
            .collect()
    }

    fn domains(&self) -> Vec<DomainReport> {
        let events = registry::events(authority());
        domain::list().into_iter().map(|info| domain_report(info, &events)).collect()
    }

    fn fallen(&self) -> Vec<FallenReport> {
        restart::fallen()
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

    fn load(&self, names: &str, with: Option<&str>, quotas: Quotas) -> Result<Vec<LoadReport>, Refused> {
        // Whoever loads it by hand begins anew.
        names.split(',').for_each(restart::forget);
        load_reports(load_from_archive(names, with.unwrap_or(public::SPIN_PUBLIC), quotas))
    }

    fn load_object(
        &self,
        name: &str,
        object: &[u8],
        with: Option<&str>,
        quotas: Quotas,
    ) -> Result<Vec<LoadReport>, Refused> {
        let with = with.unwrap_or(public::SPIN_PUBLIC);
        load_reports(load_files(&[(name, object)], with, quotas))
    }

    fn unload(&self, name: &str, with_users: bool) -> Result<Vec<DomainId>, UnloadError> {
        restart::forget(name);
        let users = if with_users { Users::Go } else { Users::Stay };
        unload::unload(name, users).map_err(|error| match error {
            Unload::Unknown { name } => UnloadError::Unknown { name },
            Unload::Gone { domain } => UnloadError::Unknown { name: domain.to_string() },
            Unload::NotNow { name, state: State::Ending } => UnloadError::Ending { name },
            Unload::NotNow { name, state: State::Starting } => UnloadError::Starting { name },
            Unload::NotNow { name, .. } => UnloadError::NotRunning { name },
            Unload::InUse { name, users } => UnloadError::InUse { name, users },
            Unload::LastShell { name } => UnloadError::LastShell { name },
        })
    }

    fn replace(&self, old: &str, new: &str) -> Result<ReplaceReport, Refused> {
        let replaced = replace_from_archive(old, new);
        replaced.inspect_err(|refused| log::note(format_args!("{refused}")))
    }

    fn raise(&self, name: &str, text: &str) -> Result<String, TextError> {
        names::raise(authority(), name, text)
    }

    fn strands(&self) -> Vec<StrandReport> {
        strand::reports()
    }

    fn schedulers(&self) -> Vec<SchedulerReport> {
        strand::schedulers()
    }

    fn appoint(&self, name: &str, core: Option<CoreId>) -> Result<(), OfficeError> {
        strand::appoint(name, core)
    }

    fn memory(&self) -> MemoryReport {
        let now = memory::statistics();
        MemoryReport {
            ram_bytes: now.ram_bytes,
            used_bytes: now.used_bytes,
            image_bytes: now.image_bytes,
            heap_bytes: now.heap_bytes,
            domains_bytes: now.own_bytes,
            custody_bytes: heap::custody_bytes(),
            spare_bytes: now.spare_bytes,
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

/// What the operator is told of a load; a refusal is noted.
fn load_reports(loaded: Result<Vec<DomainInfo>, Refused>) -> Result<Vec<LoadReport>, Refused> {
    let loaded = loaded.inspect_err(|refused| log::note(format_args!("{refused}")))?;
    Ok(loaded.into_iter().map(load_report).collect())
}

fn load_report(info: DomainInfo) -> LoadReport {
    LoadReport {
        id: info.id,
        name: info.name,
        text_bytes: info.places.text.len(),
        rodata_bytes: info.places.rodata.len(),
        data_bytes: info.places.data.len(),
        imports: info.imports,
    }
}

fn domain_report(info: DomainInfo, events: &[EventInfo]) -> DomainReport {
    let is_own_and_on =
        |binding: &&BindingInfo| binding.state == Installed && info.places.text.contains(&binding.code);
    DomainReport {
        quotas: quotas::reports(&info),
        bindings: events.iter().flat_map(|event| &event.bindings).filter(is_own_and_on).count(),
        id: info.id,
        state: match info.state {
            State::Created => DomainState::Created,
            State::Placed => DomainState::Placed,
            State::Starting => DomainState::Starting,
            State::Running => DomainState::Running,
            State::Yielding => DomainState::Yielding,
            State::Ending => DomainState::Ending,
        },
        linked_to: info.sources,
        text_bytes: info.places.text.len(),
        rodata_bytes: info.places.rodata.len(),
        data_bytes: info.places.data.len(),
        strikes: info.strikes,
        heap: heap_report(info.heap),
        name: info.name,
    }
}

fn heap_report(usage: Usage) -> HeapReport {
    HeapReport {
        bytes: usage.bytes,
        most_bytes: usage.most_bytes,
        limit_bytes: usage.limit_bytes,
        refusals: usage.refusals,
        last_refusal: usage.last_refusal.map(|shortage| match shortage {
            Shortage::OverLimit { bytes } => HeapRefusal::OverLimit { bytes },
            Shortage::NoMemory { bytes } | Shortage::NoAddresses { bytes } => HeapRefusal::NoMemory { bytes },
        }),
    }
}

/// Name of the domain that owns what lies at `address`.
fn owner(address: usize) -> String {
    domain::name_at(address).unwrap_or_else(|| KERNEL_NAME.into())
}

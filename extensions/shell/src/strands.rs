//! Strands: what is shown of them, and what is done with one.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use spindle_control::{Control, SchedulerReport, StrandReport};
use spindle_domain::Mutex;
use spindle_strand::{State, Strand, StrandError};

use crate::command::Deed;
use crate::table::Table;

const NS_PER_US: u64 = 1000;
const NS_PER_MS: u64 = 1_000_000;

/// What each strand had had at the last `top`, and when that was, in nanoseconds.
static SEEN: Mutex<(u64, Vec<(Strand, u64)>)> = Mutex::new((0, Vec::new()));

/// Why nothing is done with a strand.
#[derive(Debug)]
pub(crate) enum NotDone {
    Unknown { number: u64 },
    Refused(StrandError),
}

impl core::fmt::Display for NotDone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Unknown { number } => write!(f, "no strand has the number {number}; `strands` lists them"),
            Self::Refused(error) => core::fmt::Display::fmt(error, f),
        }
    }
}

/// All of them.
pub(crate) fn strands(control: &Control) -> String {
    let mut table = Table::new(&["strand", "name", "of", "state", "priority", "core", "ran us"]);
    let mut reports = control.strands();
    reports.sort_by_key(|report| report.strand);
    for report in reports {
        table.row([
            report.strand.to_string(),
            name(&report),
            report.domain.clone(),
            report.state.to_string(),
            report.priority.to_string(),
            core(&report),
            (report.used_ns / NS_PER_US).to_string(),
        ]);
    }
    table.text()
}

/// One of them.
pub(crate) fn strand(control: &Control, number: u64) -> Result<String, NotDone> {
    let report = find(control, number)?;
    let wakes = report.wakes_at_ns.map_or(String::new(), |at_ns| {
        format!(", to be woken {} ms from now", at_ns.saturating_sub(spindle_clock::now_ns()) / NS_PER_MS)
    });
    let StrandReport { strand, domain, state, priority, used_ns, .. } = &report;
    let (name, core, used_us) = (name(&report), core(&report), used_ns / NS_PER_US);
    Ok(format!(
        "strand {strand} ({name}) of {domain}: {state}{wakes}\npriority {priority}, core {core}, ran {used_us} us\n"
    ))
}

/// Does something with one of them.
pub(crate) fn set(control: &Control, number: u64, deed: Deed) -> Result<(), NotDone> {
    let strand = find(control, number)?.strand;
    match deed {
        Deed::End => strand.end().map_err(NotDone::Refused),
        Deed::Priority(priority) => strand.set_priority(priority).map_err(NotDone::Refused),
        Deed::Block => {
            strand.block();
            Ok(())
        }
        Deed::Unblock => {
            strand.unblock();
            Ok(())
        }
    }
}

/// The schedulers, and whose each core is.
pub(crate) fn schedulers(control: &Control) -> String {
    let mut table = Table::new(&["scheduler", "of", "cores"]);
    for SchedulerReport { name, domain, cores, fallen } in control.schedulers() {
        let numbers = || cores.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let held = match fallen {
            Some(why) => format!("none: {why}"),
            None if cores.is_empty() => "-".into(),
            None => numbers(),
        };
        table.row([name, domain, held]);
    }
    table.text()
}

/// What each has had since the last time.
pub(crate) fn top(control: &Control) -> String {
    let (now_ns, reports) = (control.uptime_ns(), control.strands());
    let seen: Vec<_> = reports.iter().map(|report| (report.strand, report.used_ns)).collect();
    // Without what was seen before, all is new.
    let (before_ns, before) = SEEN.renew((now_ns, seen)).ok().flatten().unwrap_or_default();
    let passed_ns = now_ns.saturating_sub(before_ns).max(1);
    let had = |report: &StrandReport| {
        let old = before.iter().find(|(strand, _)| *strand == report.strand).map_or(0, |(_, used)| *used);
        report.used_ns.saturating_sub(old)
    };
    let mut rows: Vec<_> = reports.iter().map(|report| (had(report), report)).collect();
    rows.sort_by_key(|(had_ns, report)| (u64::MAX - had_ns, report.strand));
    let mut table = Table::new(&["%", "ran us", "strand", "name", "of", "state"]);
    for (had_ns, report) in rows {
        table.row([
            (had_ns.saturating_mul(100) / passed_ns).to_string(),
            (had_ns / NS_PER_US).to_string(),
            report.strand.to_string(),
            name(report),
            report.domain.clone(),
            report.state.to_string(),
        ]);
    }
    format!("of one core, in the last {} ms:\n{}", passed_ns / NS_PER_MS, table.text())
}

fn find(control: &Control, number: u64) -> Result<StrandReport, NotDone> {
    let found = control.strands().into_iter().find(|report| report.strand.number() == number);
    found.filter(|report| report.state != State::Ended).ok_or(NotDone::Unknown { number })
}

fn name(report: &StrandReport) -> String {
    if report.name.is_empty() { "-".into() } else { report.name.into() }
}

fn core(report: &StrandReport) -> String {
    if report.is_bound { format!("{} only", report.core) } else { report.core.to_string() }
}

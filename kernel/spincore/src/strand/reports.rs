//! Reports: what there is to say of all strands.

use super::keeper;
use super::record::Record;
use super::station::Station;
use super::table;
use crate::authority::KERNEL_NAME;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use spindle_clock::ticks_to_ns;
use spindle_control::StrandReport;
use spindle_strand::{Priority, State, Strand};
use spindle_sync::this_core;

/// All strands that have not ended.
///
/// # Context
/// Not in interrupt context. Allocates.
pub(crate) fn reports() -> Vec<StrandReport> {
    let mut reports = Vec::new();
    table::each(|record, strand| reports.push(report(record, strand)));
    reports
}

fn report(record: &Record, strand: Strand) -> StrandReport {
    let (name, domain) = {
        let rest = record.rest.lock();
        (rest.name, rest.domain)
    };
    let wakes_at_ns = record.wakes_at_ns.load(Ordering::Relaxed);
    let state = strand.state();
    let since = record.since_ticks.load(Ordering::Relaxed);
    let runs_for =
        if matches!(state, State::Running(_)) { this_core::ticks().saturating_sub(since) } else { 0 };
    let used_ticks = record.used_ticks.load(Ordering::Relaxed) + runs_for;
    StrandReport {
        strand,
        name,
        domain: domain.and_then(keeper::name).unwrap_or_else(|| KERNEL_NAME.into()),
        state,
        priority: u8::try_from(record.priority()).ok().and_then(Priority::new).unwrap_or_default(),
        core: record.station().map_or(0, Station::core),
        is_bound: record.is_bound.load(Ordering::Relaxed),
        used_ns: ticks_to_ns(used_ticks, this_core::ticks_per_second()),
        wakes_at_ns: (wakes_at_ns != 0).then_some(wakes_at_ns),
    }
}

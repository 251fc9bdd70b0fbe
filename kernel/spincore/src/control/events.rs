//! Events as the operator sees them: what is bound, under which terms, and what it has taken.

use super::owner;
use crate::authority::authority;
use crate::{domain, uptime};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use spindle_clock::ticks_to_ns;
use spindle_control::{BindingReport, CountReport, EventError, EventReport, RunReport};
use spindle_event::registry::{self, BindingInfo, EventInfo};
use spindle_event::{Budget, Counted, Run};
use spindle_machine::timer;

/// All events there are.
pub(super) fn reports() -> Vec<EventReport> {
    registry::events(authority()).into_iter().map(event_report).collect()
}

/// Has the runs of the events called `name` noted, or not any more; says how many events those are.
pub(super) fn trace(name: &str, is_on: bool) -> Result<usize, EventError> {
    match registry::trace(authority(), name, is_on) {
        0 => Err(EventError::Unknown { name: name.into() }),
        count => Ok(count),
    }
}

/// What was noted of the events called `name`.
pub(super) fn runs(name: &str) -> Result<Vec<RunReport>, EventError> {
    let mut events = registry::events(authority());
    events.retain(|event| event.name == name);
    if events.is_empty() {
        return Err(EventError::Unknown { name: name.into() });
    }
    if events.iter().all(|event| !event.is_traced) {
        return Err(EventError::NotTraced { name: name.into() });
    }
    let runs = registry::runs(authority(), name).into_iter();
    Ok(runs.map(|run| run_report(&run, &events)).collect())
}

fn event_report(info: EventInfo) -> EventReport {
    EventReport {
        domain: domain::name_at(info.address).unwrap_or_else(|| owner(info.code)),
        name: info.name,
        arguments: info.arguments,
        result: info.result,
        merge: info.merge,
        keys: info.keys.into_iter().map(Into::into).collect(),
        limits: info.limits,
        is_traced: info.is_traced,
        bindings: info.bindings.into_iter().map(binding_report).collect(),
    }
}

fn binding_report(info: BindingInfo) -> BindingReport {
    BindingReport {
        id: info.id,
        domain: owner(info.code),
        is_default: info.is_default,
        is_filter: info.is_filter,
        state: info.state,
        rank: info.rank,
        keys: info.keys.iter().map(|(key, pattern)| format!("{key} {pattern}")).collect(),
        has_guard: info.has_guard,
        imposed: info.imposed,
        budget_us: info.budget.map(Budget::as_microseconds),
        placement: info.placement.map(|placement| placement.to_string()),
        counts: count_report(info.counted, timer::frequency_hz()),
    }
}

/// The numbers of a binding, on a machine whose counter ticks so often.
fn count_report(counted: Counted, frequency_hz: u64) -> CountReport {
    let mean_ticks = counted.ticks.checked_div(counted.runs).unwrap_or(0);
    CountReport {
        runs: counted.runs,
        mean_ticks,
        mean_ns: ticks_to_ns(mean_ticks, frequency_hz),
        worst_ticks: counted.worst_ticks,
        worst_ns: ticks_to_ns(counted.worst_ticks, frequency_hz),
        overruns: counted.overruns,
        panics: counted.panics,
    }
}

fn run_report(run: &Run, events: &[EventInfo]) -> RunReport {
    let mut bindings = events.iter().flat_map(|event| &event.bindings);
    RunReport {
        at_ns: uptime::at_ns(run.at_ticks),
        core: run.core,
        binding: run.binding,
        domain: bindings.find(|info| info.id == run.binding).map(|info| owner(info.code)),
        duration_ticks: run.ticks,
        duration_ns: ticks_to_ns(run.ticks, timer::frequency_hz()),
        end: run.end,
    }
}

#[cfg(test)]
mod tests {
    use super::count_report;
    use spindle_event::Counted;

    #[test]
    fn a_mean_is_over_all_runs_and_none_without_any() {
        let counted = Counted { runs: 4, ticks: 10, worst_ticks: 7, ..Counted::default() };
        let report = count_report(counted, 100_000_000);
        assert_eq!((report.mean_ticks, report.mean_ns), (2, 20));
        assert_eq!((report.worst_ticks, report.worst_ns), (7, 70));
        assert_eq!(count_report(Counted::default(), 1).mean_ticks, 0);
    }
}

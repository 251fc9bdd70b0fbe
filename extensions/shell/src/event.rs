//! Event: what `event NAME` and `trace NAME` print.
//!
//! Who handles an event and under which terms is one table, what that has taken another: a handler is counted only while
//! it has a budget or its event is traced. Knows neither the console nor the kernel, only reports.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use spindle_control::{BindingReport, CountReport, EventReport, RunReport};
use spindle_event::{Budget, Rank, State};

use crate::operator::{seconds, short};
use crate::table::Table;

/// In a cell that has nothing to say.
const NOTHING: &str = "-";

/// All about one event.
pub(crate) fn event(event: &EventReport) -> String {
    let mut text = head(event);
    if event.bindings.is_empty() {
        text.push_str("nothing is bound to it\n");
        return text;
    }
    text.push_str(&terms(&event.bindings));
    let (counted, uncounted): (Vec<_>, Vec<_>) =
        event.bindings.iter().partition(|binding| is_counted(event, binding));
    if !counted.is_empty() {
        text.push_str(&counts(&counted));
    }
    if !uncounted.is_empty() {
        let ids: Vec<String> = uncounted.iter().map(|binding| binding.id.to_string()).collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "not counted: {} (`trace {} on` has them counted)", ids.join(" "), event.name);
    }
    text
}

fn head(event: &EventReport) -> String {
    let EventReport { name, domain, arguments, result, merge, keys, limits, is_traced, .. } = event;
    let (arguments, result, merge) = (short(arguments), short(result), short(merge));
    let keys = if keys.is_empty() { NOTHING.to_owned() } else { keys.join(" ") };
    let [budget, longest] =
        [limits.budget, limits.longest].map(|budget| of_budget(budget.map(Budget::as_microseconds)));
    let traced = if *is_traced { "yes" } else { "no" };
    format!(
        "event {name} of {domain}: {arguments} -> {result}, merge {merge}\n\
         keys {keys}, traced {traced}\n\
         limits: {} bindings, {} strikes, guard {}, budget {budget}, at most {longest}\n",
        limits.bindings, limits.strikes, limits.guard
    )
}

/// Who handles, in which order, and under which terms.
fn terms(bindings: &[BindingReport]) -> String {
    let headings =
        ["order", "binding", "domain", "does", "state", "rank", "guards", "keys", "budget", "where"];
    let mut table = Table::new(&headings);
    for (at, binding) in bindings.iter().enumerate() {
        table.row([
            // What is off runs at no place; those that are on come first.
            if binding.state == State::Installed { (at + 1).to_string() } else { NOTHING.to_owned() },
            binding.id.to_string(),
            binding.domain.clone(),
            does(binding).to_owned(),
            binding.state.to_string(),
            rank(binding.rank).to_owned(),
            guards(binding),
            if binding.keys.is_empty() { NOTHING.to_owned() } else { binding.keys.join(", ") },
            of_budget(binding.budget_us),
            binding.placement.clone().unwrap_or_else(|| "raiser".to_owned()),
        ]);
    }
    table.text()
}

/// What those have done that are counted.
fn counts(bindings: &[&BindingReport]) -> String {
    let headings =
        ["binding", "runs", "mean ns", "worst ns", "mean ticks", "worst ticks", "overruns", "panics"];
    let mut table = Table::new(&headings);
    for BindingReport { id, counts, .. } in bindings {
        table.row([
            id.to_string(),
            counts.runs.to_string(),
            counts.mean_ns.to_string(),
            counts.worst_ns.to_string(),
            counts.mean_ticks.to_string(),
            counts.worst_ticks.to_string(),
            counts.overruns.to_string(),
            counts.panics.to_string(),
        ]);
    }
    table.text()
}

/// The runs of an event's handlers.
pub(crate) fn runs(name: &str, runs: &[RunReport]) -> String {
    if runs.is_empty() {
        return format!("no handler of {name} has run while it was traced\n");
    }
    let mut table = Table::new(&["at", "core", "binding", "domain", "ns", "ticks", "end"]);
    for run in runs {
        table.row([
            seconds(run.at_ns),
            run.core.to_string(),
            run.binding.to_string(),
            run.domain.clone().unwrap_or_else(|| NOTHING.to_owned()),
            run.duration_ns.to_string(),
            run.duration_ticks.to_string(),
            run.end.map_or_else(|| "returned".to_owned(), |end| end.to_string()),
        ]);
    }
    table.text()
}

/// Whether there is something to show: its runs are counted while somebody traces, its ends always.
fn is_counted(event: &EventReport, binding: &BindingReport) -> bool {
    event.is_traced || binding.counts != CountReport::default()
}

fn does(binding: &BindingReport) -> &'static str {
    match (binding.is_default, binding.is_filter) {
        (true, _) => "default",
        (_, true) => "filters",
        _ => "handles",
    }
}

fn rank(rank: Rank) -> &'static str {
    match rank {
        Rank::First => "first",
        Rank::Ordinary => NOTHING,
        Rank::Last => "last",
    }
}

fn guards(binding: &BindingReport) -> String {
    match (binding.has_guard, binding.imposed) {
        (false, 0) => NOTHING.to_owned(),
        (true, 0) => "own".to_owned(),
        (false, imposed) => format!("{imposed} imposed"),
        (true, imposed) => format!("own, {imposed} imposed"),
    }
}

fn of_budget(budget_us: Option<u32>) -> String {
    budget_us.map_or_else(|| NOTHING.to_owned(), |us| format!("{us} us"))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::{event, runs};
    use spindle_control::{BindingReport, CountReport, EventReport, RunReport};
    use spindle_event::{BindingId, CoreId, End, Event, Limits, Owner, Rank, State};

    /// Nobody but the event crate names bindings.
    fn an_id() -> BindingId {
        static TESTS: Owner = Owner::new();
        static EVENT: Event<()> = Event::new("tests", &TESTS).open_to_all();
        EVENT.install(|()| ()).expect("room").id()
    }

    fn binding(budget_us: Option<u32>, counts: CountReport) -> BindingReport {
        BindingReport {
            id: an_id(),
            domain: "hall".into(),
            is_default: false,
            is_filter: false,
            state: State::Installed,
            rank: Rank::First,
            keys: vec!["lane = 2".into()],
            has_guard: true,
            imposed: 1,
            budget_us,
            placement: None,
            counts,
        }
    }

    fn report(bindings: impl Into<alloc::vec::Vec<BindingReport>>) -> EventReport {
        EventReport {
            name: "pass".into(),
            domain: "hall".into(),
            arguments: "hall::Visitor".into(),
            result: "()".into(),
            merge: "spindle_event::merge::Each".into(),
            keys: vec!["lane".into()],
            limits: Limits::DEFAULT,
            is_traced: false,
            bindings: bindings.into(),
        }
    }

    #[test]
    fn an_event_is_shown_with_its_terms_and_numbers() {
        let counts = CountReport { runs: 12, worst_ns: 345, ..CountReport::default() };
        let text = event(&report([binding(Some(70), counts)]));
        for shown in ["event pass of hall: Visitor -> (), merge Each", "keys lane", "3 strikes", "first"] {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        for shown in ["own, 1 imposed", "lane = 2", "70 us", "raiser", "12", "345"] {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        assert!(!text.contains("not counted"));
    }

    #[test]
    fn who_is_not_counted_is_said() {
        let ended = CountReport { overruns: 1, ..CountReport::default() };
        let (with, without) = (binding(Some(70), ended), binding(None, CountReport::default()));
        let missing: String = alloc::format!("not counted: {} (", without.id);
        let mut report = report([with, without]);
        assert!(event(&report).contains(&missing));
        report.is_traced = true;
        assert!(!event(&report).contains("not counted"));
        report.bindings.clear();
        assert!(event(&report).contains("nothing is bound"));
    }

    #[test]
    fn a_run_says_where_it_was_and_how_it_ended() {
        let run = RunReport {
            at_ns: 1_000_002_000,
            core: CoreId::FIRST,
            binding: an_id(),
            domain: None,
            duration_ticks: 3,
            duration_ns: 48,
            end: Some(End::Overran),
        };
        let text = runs("pass", &[run.clone(), RunReport { end: None, ..run }]);
        assert!(text.contains("1.000002 s") && text.contains("48"));
        assert!(text.contains("took too long") && text.contains("returned"));
        assert!(runs("pass", &[]).contains("pass"));
    }
}

//! Figures: what has to be as before.

use core::fmt;

use spindle_control::Control;
use spindle_nameserver::list_below;

/// How much there is of what comes and goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures([usize; KINDS.len()]);

/// What is looked at.
const KINDS: [&str; 7] =
    ["heap bytes", "code bytes", "domains", "names to raise", "names in the tree", "events", "bindings"];

/// Below it all names stand.
const ROOT: &str = "/svc";

impl Figures {
    pub(crate) fn take(control: &Control) -> Self {
        // First, since the reports below are on the heap themselves.
        let memory = control.memory();
        let domains = control.domains().len();
        let names = control.names().len();
        let tree = list_below(ROOT).map_or(0, |listed| listed.len());
        let events = control.events();
        let bindings = events.iter().map(|event| event.bindings.len()).sum();
        Self([memory.heap_bytes, memory.code_bytes, domains, names, tree, events.len(), bindings])
    }
}

/// Two of them, before and after.
pub(crate) struct Change(pub(crate) Figures, pub(crate) Figures);

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = || KINDS.iter().zip(self.0.0.iter().zip(&self.1.0));
        for (at, (kind, (before, after))) in rows().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{kind} {before} -> {after}")?;
        }
        if self.0 == self.1 {
            return out.write_str(": all as before");
        }
        for (kind, _) in rows().filter(|(_, (before, after))| before != after) {
            write!(out, ": {kind} differ")?;
        }
        Ok(())
    }
}

//! Figures: what has to be as before.

use core::fmt;

use spindle_control::Control;

/// How much there is of what comes and goes with the culprit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures([usize; KINDS.len()]);

const KINDS: [&str; 6] = ["heap bytes", "code bytes", "domains", "names to raise", "events", "bindings"];

impl Figures {
    pub(crate) fn take(control: &Control) -> Self {
        // First, since the reports below are on the heap themselves.
        let memory = control.memory();
        let domains = control.domains().len();
        let names = control.names().len();
        let events = control.events();
        let bindings = events.iter().map(|event| event.bindings.len()).sum();
        Self([memory.heap_bytes, memory.code_bytes, domains, names, events.len(), bindings])
    }
}

/// Two of them, before and after.
#[derive(Clone, Copy)]
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

//! Operator: does what the commands say, by way of the kernel's control interface.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

use spindle_console::Console;
use spindle_control::{
    BindingReport, Control, CoreState, DomainId, DomainState, EventError, LoadReport, MemoryReport, Refused,
    TextError, UnloadError,
};
use spindle_event::State;
use spindle_nameserver::{self as nameserver, NameError};

use crate::command::{Command, HELP};
use crate::event;
use crate::names::names;
use crate::session::{After, Operate};
use crate::table::Table;

/// The shell's hands.
pub(crate) struct Operator {
    control: Control,
    console: Console,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Load(Refused),
    Unload(UnloadError),
    Raise(TextError),
    Event(EventError),
    Name(NameError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(refused) => fmt::Display::fmt(refused, f),
            Self::Unload(error) => fmt::Display::fmt(error, f),
            Self::Raise(error) => fmt::Display::fmt(error, f),
            Self::Event(error @ EventError::NotTraced { name }) => {
                write!(f, "{error}; `trace {name} on` begins it")
            }
            Self::Event(error) => fmt::Display::fmt(error, f),
            Self::Name(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for Failure {}

impl Operate for Operator {
    type Awaited = Vec<DomainId>;
    type Failure = Failure;

    fn write(&self, text: &str) {
        // Nobody to tell that there is nobody to tell.
        let _ = self.console.write_str(text);
    }

    fn run(&self, command: Command, status: u8) -> Result<After<Vec<DomainId>>, Failure> {
        let text = match command {
            Command::Help => help(),
            Command::Cores => self.cores(),
            Command::Domains => self.domains(),
            Command::Events => self.events(),
            Command::Event { name } => self.event(&name)?,
            Command::Trace { name } => self.trace(&name)?,
            Command::SetTrace { name, is_on } => self.set_trace(&name, is_on)?,
            Command::Names { path } => names(&path, &nameserver::list_below(&path).map_err(Failure::Name)?),
            Command::Memory => memory(&self.control.memory()),
            Command::Uptime => format!("{}\n", seconds(self.control.uptime_ns())),
            Command::Log => self.log(),
            Command::Load { names, with } => self.load(&names, with.as_deref())?,
            Command::Unload { name, with_users } => {
                return self.control.unload(&name, with_users).map(After::Await).map_err(Failure::Unload);
            }
            Command::Raise { name, text } => {
                match self.control.raise(&name, &text).map_err(Failure::Raise)? {
                    nothing if nothing.is_empty() => nothing,
                    result => format!("{result}\n"),
                }
            }
            Command::Halt => self.control.halt(status),
        };
        if !text.is_empty() {
            self.write(&text);
        }
        Ok(After::Prompt)
    }

    fn is_over(&self, awaited: &Vec<DomainId>) -> bool {
        self.control.domains().iter().all(|domain| !awaited.contains(&domain.id))
    }
}

impl Operator {
    pub(crate) fn new(control: Control, console: Console) -> Self {
        Self { control, console }
    }

    fn cores(&self) -> String {
        let mut table = Table::new(&["core", "state", "affinity", "posts", "interrupts", "sleeps"]);
        for core in self.control.cores() {
            let state = match core.state {
                CoreState::Online => "online",
                CoreState::Failed => "failed",
            };
            table.row([
                core.core.to_string(),
                state.to_owned(),
                format!("{:#x}", core.affinity),
                core.posts.to_string(),
                core.interrupts.to_string(),
                core.sleeps.to_string(),
            ]);
        }
        table.text()
    }

    fn domains(&self) -> String {
        let headings =
            ["id", "name", "state", "linked to", "code", "constants", "variables", "handlers", "strikes"];
        let mut table = Table::new(&headings);
        for domain in self.control.domains() {
            let state = match domain.state {
                DomainState::Created => "created",
                DomainState::Placed => "placed",
                DomainState::Starting => "starting",
                DomainState::Running => "running",
                DomainState::Ending => "ending",
            };
            table.row([
                domain.id.to_string(),
                domain.name,
                state.to_owned(),
                domain.linked_to.join(","),
                domain.text_bytes.to_string(),
                domain.rodata_bytes.to_string(),
                domain.data_bytes.to_string(),
                domain.bindings.to_string(),
                domain.strikes.to_string(),
            ]);
        }
        table.text()
    }

    fn events(&self) -> String {
        let mut table = Table::new(&["event", "of", "handlers", "arguments", "result", "merge"]);
        for event in self.control.events() {
            let handlers: String =
                event.bindings.iter().filter(|one| one.state == State::Installed).map(binding).collect();
            let handlers = if handlers.is_empty() { "-".to_owned() } else { handlers.trim_end().to_owned() };
            table.row([
                event.name,
                event.domain,
                handlers,
                short(&event.arguments).to_owned(),
                short(&event.result).to_owned(),
                short(&event.merge).to_owned(),
            ]);
        }
        let mut text = table.text();
        let names = self.control.names();
        if !names.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(text, "open to `raise`: {}", names.join(" "));
        }
        text
    }

    fn event(&self, name: &str) -> Result<String, Failure> {
        let events = self.control.event(name).map_err(Failure::Event)?;
        let texts: Vec<String> = events.iter().map(event::event).collect();
        Ok(texts.join("\n"))
    }

    fn trace(&self, name: &str) -> Result<String, Failure> {
        let runs = self.control.runs(name).map_err(Failure::Event)?;
        Ok(event::runs(name, &runs))
    }

    fn set_trace(&self, name: &str, is_on: bool) -> Result<String, Failure> {
        let count = self.control.trace(name, is_on).map_err(Failure::Event)?;
        let what = if is_on { "traced now" } else { "not traced any more" };
        Ok(match count {
            1 => format!("{name} is {what}\n"),
            several => format!("{several} events called {name} are {what}\n"),
        })
    }

    fn log(&self) -> String {
        let mut text = String::new();
        for line in self.control.log() {
            let _ = writeln!(text, "{} core {}: {}", seconds(line.at_ns), line.core, line.text);
        }
        text
    }

    fn load(&self, names: &str, with: Option<&str>) -> Result<String, Failure> {
        let mut text = String::new();
        for loaded in self.control.load(names, with).map_err(Failure::Load)? {
            let LoadReport { id, name, text_bytes, rodata_bytes, data_bytes, imports } = loaded;
            let _ = writeln!(
                text,
                "{name} is domain {id}: {text_bytes} bytes of code, {rodata_bytes} of constants, {data_bytes} of \
                 variables, {imports} imports"
            );
        }
        Ok(text)
    }
}

fn help() -> String {
    let mut text = String::new();
    for (form, what) in HELP {
        let _ = writeln!(text, "{form:<28}{what}");
    }
    text
}

fn binding(binding: &BindingReport) -> String {
    let kind = match (binding.is_default, binding.has_guard) {
        (true, _) => "(default)",
        (false, true) => "(guarded)",
        (false, false) => "",
    };
    format!("{}{}{kind} ", binding.domain, binding.id)
}

fn memory(report: &MemoryReport) -> String {
    let mut table = Table::new(&["memory", "KiB"]);
    let rows = [
        ("all", report.ram_bytes),
        ("used", report.used_bytes),
        ("  image", report.image_bytes),
        ("  heap", report.heap_bytes),
        ("  extensions", report.code_bytes),
        ("  stacks", report.stack_bytes),
    ];
    for (what, bytes) in rows {
        table.row([what.to_owned(), bytes.div_ceil(1024).to_string()]);
    }
    table.text()
}

pub(crate) fn seconds(ns: u64) -> String {
    format!("{}.{:06} s", ns / 1_000_000_000, ns % 1_000_000_000 / 1_000)
}

/// A type without the way to it. What stands in brackets behind it is left as it is.
pub(crate) fn short(name: &str) -> &str {
    let end = name.find('<').unwrap_or(name.len());
    let start = name[..end].rfind("::").map_or(0, |at| at + 2);
    &name[start..]
}

#[cfg(test)]
mod tests {
    use super::{seconds, short};

    #[test]
    fn times_are_seconds_with_microseconds() {
        assert_eq!(seconds(12_003_004_999), "12.003004 s");
    }

    #[test]
    fn a_type_is_shown_without_the_way_to_it() {
        assert_eq!(short("spindle_console::input::Input"), "Input");
        assert_eq!(short("core::result::Result<(), a::B>"), "Result<(), a::B>");
        assert_eq!(short("str"), "str");
    }
}

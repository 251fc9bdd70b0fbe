//! Operator: does what the commands say, by way of the kernel's control interface.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

use spindle_clock::{Timer, TimerError};
use spindle_console::{Console, INPUT, Input};
use spindle_control::{
    BindingReport, BusyReport, Control, CoreState, DomainId, DomainState, EventError, FallenReport,
    LoadReport, MemoryReport, OfficeError, Quota, QuotaReport, Refused, ReplaceReport, TextError,
    UnloadError,
};
use spindle_event::{InstallError, Scoped, State, cores};
use spindle_nameserver::{self as nameserver, NameError};
use spindle_transfer::{Received, TICK};

use crate::command::{Command, HELP, Terms};
use crate::event;
use crate::names::names;
use crate::session::{After, Operate};
use crate::strands::{self, NotDone};
use crate::table::Table;

/// The shell's hands.
pub(crate) struct Operator {
    control: Control,
    console: Console,
    /// What to do with what comes while a [`Hold`] keeps it from others.
    pass_on: fn(&Input),
    /// What to do once a [`TICK`] meanwhile.
    tick: fn(),
}

/// The line, for one receiver and nobody else, and the time.
pub(crate) struct Hold {
    _timer: Timer,
    _filter: Scoped,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Load(Refused),
    Unload(UnloadError),
    NoDomain { name: String },
    Raise(TextError),
    Event(EventError),
    Name(NameError),
    Strand(NotDone),
    Scheduler(OfficeError),
    Clock(TimerError),
    Input(InstallError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(refused) => fmt::Display::fmt(refused, f),
            Self::Unload(error) => fmt::Display::fmt(error, f),
            Self::NoDomain { name } => write!(f, "no domain is called `{name}`"),
            Self::Raise(error) => fmt::Display::fmt(error, f),
            Self::Event(error @ EventError::NotTraced { name }) => {
                write!(f, "{error}; `trace {name} on` begins it")
            }
            Self::Event(error) => fmt::Display::fmt(error, f),
            Self::Name(error) => fmt::Display::fmt(error, f),
            Self::Strand(error) => fmt::Display::fmt(error, f),
            Self::Scheduler(error) => fmt::Display::fmt(error, f),
            Self::Clock(error) => write!(f, "nothing can be received without a timer: {error}"),
            Self::Input(error) => write!(f, "the line can't be kept from others: {error}"),
        }
    }
}

impl core::error::Error for Failure {}

impl Operate for Operator {
    type Awaited = Vec<DomainId>;
    type Failure = Failure;
    type Hold = Hold;

    fn write(&self, text: &str) {
        // Nobody to tell that there is nobody to tell.
        let _ = self.console.write_str(text);
    }

    fn run(&self, command: Command, status: u8) -> Result<After<Vec<DomainId>>, Failure> {
        let text = match command {
            Command::Help => help(),
            Command::Cores => self.cores(),
            Command::Domains => self.domains(),
            Command::Domain { name } => self.domain(&name)?,
            Command::Events => self.events(),
            Command::Event { name } => self.event(&name)?,
            Command::Trace { name } => self.trace(&name)?,
            Command::SetTrace { name, is_on } => self.set_trace(&name, is_on)?,
            Command::Names { path } => names(&path, &nameserver::list_below(&path).map_err(Failure::Name)?),
            Command::Strands => strands::strands(&self.control),
            Command::Strand { number } => strands::strand(&self.control, number).map_err(Failure::Strand)?,
            Command::SetStrand { number, deed } => {
                strands::set(&self.control, number, deed).map_err(Failure::Strand)?;
                String::new()
            }
            Command::Schedulers => strands::schedulers(&self.control),
            Command::Appoint { name, core } => {
                self.control.appoint(&name, core).map_err(Failure::Scheduler)?;
                String::new()
            }
            Command::Top => strands::top(&self.control),
            Command::Memory => memory(&self.control.memory()),
            Command::Uptime => format!("{}\n", seconds(self.control.uptime_ns())),
            Command::Log => self.log(),
            Command::Load { names, terms: Terms { with, quotas } } => {
                loaded(self.control.load(&names, with.as_deref(), quotas).map_err(Failure::Load)?)
            }
            Command::Receive { terms } => return Ok(After::Receive { terms }),
            Command::Unload { name, with_users } => {
                return self.control.unload(&name, with_users).map(After::Await).map_err(Failure::Unload);
            }
            Command::Replace { old, new } => return self.replace(&old, &new),
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

    fn load_received(&self, received: Received, terms: &Terms) -> Result<String, Failure> {
        let Received { name, bytes } = received;
        let loads = self.control.load_object(&name, &bytes, terms.with.as_deref(), terms.quotas);
        loads.map(loaded).map_err(Failure::Load)
    }

    fn hold(&self) -> Result<Hold, Failure> {
        let (pass_on, tick) = (self.pass_on, self.tick);
        let timer = Timer::periodic(cores::current(), TICK.as_nanos() as u64, move |_| tick());
        let filter = INPUT.bind().first().install_filter(move |input| pass_on(&input.take()));
        Ok(Hold { _timer: timer.map_err(Failure::Clock)?, _filter: filter.map_err(Failure::Input)?.scoped() })
    }

    fn is_over(&self, awaited: &Vec<DomainId>) -> bool {
        self.control.domains().iter().all(|domain| !awaited.contains(&domain.id))
    }
}

impl Operator {
    pub(crate) fn new(control: Control, console: Console, pass_on: fn(&Input), tick: fn()) -> Self {
        Self { control, console, pass_on, tick }
    }

    fn cores(&self) -> String {
        let mut table =
            Table::new(&["core", "state", "affinity", "posts", "interrupts", "sleeps", "busy with"]);
        for core in self.control.cores() {
            let state = match core.state {
                CoreState::Online => "online",
                CoreState::Stuck => "stuck",
                CoreState::Failed => "failed",
            };
            table.row([
                core.core.to_string(),
                state.to_owned(),
                format!("{:#x}", core.affinity),
                core.posts.to_string(),
                core.interrupts.to_string(),
                core.sleeps.to_string(),
                core.busy.as_ref().map_or_else(|| "-".to_owned(), busy),
            ]);
        }
        table.text()
    }

    fn domains(&self) -> String {
        let headings = [
            "id",
            "name",
            "state",
            "linked to",
            "code",
            "constants",
            "variables",
            "handlers",
            "strikes",
            "heap",
            "most",
            "limit",
            "refused",
        ];
        let mut table = Table::new(&headings);
        for domain in self.control.domains() {
            let state = match domain.state {
                DomainState::Created => "created",
                DomainState::Placed => "placed",
                DomainState::Starting => "starting",
                DomainState::Running => "running",
                DomainState::Yielding => "being replaced",
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
                domain.heap.bytes.to_string(),
                domain.heap.most_bytes.to_string(),
                domain.heap.limit_bytes.to_string(),
                domain.heap.refusals.to_string(),
            ]);
        }
        let mut text = table.text();
        for fallen in self.control.fallen() {
            let FallenReport { name, why, most, within_s, is_due } = fallen;
            let what = if is_due { "is about to be started again" } else { "stays down" };
            let _ = writeln!(text, "{name} {what} (at most {most} times in {within_s} s): {why}");
        }
        text
    }

    fn domain(&self, name: &str) -> Result<String, Failure> {
        let domain = self.control.domains().into_iter().find(|domain| domain.name == name);
        let domain = domain.ok_or_else(|| Failure::NoDomain { name: name.into() })?;
        let mut table = Table::new(&["quota", "used", "most", "limit", "refused"]);
        for QuotaReport { quota, used, most, limit, refused } in domain.quotas {
            let what = match quota {
                Quota::Heap => "heap bytes",
                Quota::Frames => "frames",
                Quota::Bindings => "bindings",
                Quota::Slots => "slots",
                Quota::Share => "share %",
                Quota::Strands => "strands",
            };
            let number =
                |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
            table.row([what.to_owned(), used.to_string(), number(most), number(limit), refused.to_string()]);
        }
        Ok(table.text())
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
}

fn busy(BusyReport { domain, seconds }: &BusyReport) -> String {
    format!("{} for {seconds} s", domain.as_deref().unwrap_or("kernel"))
}

fn loaded(reports: Vec<LoadReport>) -> String {
    let mut text = String::new();
    for LoadReport { id, name, text_bytes, rodata_bytes, data_bytes, imports } in reports {
        let _ = writeln!(
            text,
            "{name} is domain {id}: {text_bytes} bytes of code, {rodata_bytes} of constants, {data_bytes} of \
             variables, {imports} imports"
        );
    }
    text
}

impl Operator {
    fn replace(&self, old: &str, new: &str) -> Result<After<Vec<DomainId>>, Failure> {
        let replaced = self.control.replace(old, new).map_err(Failure::Load)?;
        let ReplaceReport { old: id, new, handlers_off, handlers_on, names } = replaced;
        self.write(&format!(
            "{} is domain {}, in the place of domain {id}: {handlers_off} handlers off, {handlers_on} on, {names} names\n",
            new.name, new.id
        ));
        Ok(After::Await([id].into()))
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
        ("    of domains", report.domains_bytes),
        ("    in custody", report.custody_bytes),
        ("  spare", report.spare_bytes),
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

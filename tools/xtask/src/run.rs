//! The verb `run`: the kernel in QEMU, with this terminal as its console or with commands typed to its shell.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use spindle_harness::judge;
use spindle_harness::qemu::{Serial, command, shown};
use spindle_harness::session::{self, Ending, Line, Record, Script};

use crate::keys::Trust;
use crate::{build, console, qemu, repository};

/// Options of `./x run`.
#[derive(clap::Args)]
pub(crate) struct Run {
    #[command(flatten)]
    machine: qemu::Options,
    /// Commands for the shell, `;` between them; `halt` is added. Ends with the kernel's exit status.
    #[arg(long, value_name = "COMMANDS")]
    exec: Option<String>,
    /// The longest that one of those commands may take, on the host.
    #[arg(long, value_name = "SECONDS", default_value = "60", requires = "exec")]
    patience: u64,
    /// Boot arguments.
    #[arg(long, value_name = "WORDS", default_value = "")]
    append: String,
    #[command(flatten)]
    trust: Trust,
    /// Prints QEMU's command line and starts nothing.
    #[arg(long)]
    dry_run: bool,
    /// Further options for QEMU, behind `--`.
    #[arg(last = true)]
    further: Vec<OsString>,
}

impl Run {
    /// Builds what changed and runs it.
    ///
    /// # Errors
    /// When it can't be built or started, or when the guest hangs, panics, or leaves before the last command.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let machine = self.machine.machine()?;
        let serial = if self.exec.is_some() { Serial::Pipe } else { Serial::Terminal };
        let mut command = command(&machine, &qemu::kernel(&self.append, self.further), serial);
        if self.dry_run {
            println!("{}", shown(&command));
            return Ok(ExitCode::SUCCESS);
        }
        build::everything(&self.trust)?;
        match self.exec {
            None => interactive(&mut command),
            Some(commands) => exec(&mut command, &commands, Duration::from_secs(self.patience)),
        }
    }
}

fn interactive(command: &mut Command) -> Result<ExitCode> {
    eprintln!(
        "x: Ctrl-A x ends QEMU, Ctrl-A c is its monitor; `./x load FILE` elsewhere sends an extension here"
    );
    let status = console::run(command, &repository::console())
        .with_context(|| format!("can't start `{}`", shown(command)))?;
    let Some(code) = status.code() else { bail!("QEMU was ended: {status}") };
    Ok(exit_code(code))
}

fn exec(command: &mut Command, commands: &str, patience: Duration) -> Result<ExitCode> {
    let script = Script { commands: split(commands), patience };
    let mut printer = Printer { first: script.commands.first().cloned(), is_answering: false };
    let record = session::run(command, &script, &mut |line| printer.print(line))
        .with_context(|| format!("can't start `{}`", shown(command)))?;
    eprint!("{}", record.errors);
    verdict(&record).inspect_err(|_| {
        if !printer.is_answering {
            record.lines.iter().for_each(|line| eprintln!("{}", line.text));
        }
        eprintln!("{}", shown(command));
    })
}

/// Prints what commands print; the boot's own lines are kept back.
struct Printer {
    first: Option<String>,
    is_answering: bool,
}

impl Printer {
    fn print(&mut self, line: &Line) {
        if line.is_echo && self.first.as_deref() == Some(&line.text) {
            self.is_answering = true;
        } else if self.is_answering && !line.is_echo {
            println!("{}", line.text);
        }
    }
}

/// The commands of the line, with a `halt` at the end.
fn split(line: &str) -> Vec<String> {
    let mut commands: Vec<String> =
        line.split(';').map(str::trim).filter(|command| !command.is_empty()).map(str::to_owned).collect();
    if commands.last().is_none_or(|last| last.split_whitespace().next() != Some("halt")) {
        commands.push("halt".to_owned());
    }
    commands
}

/// The guest's exit status, where that tells the truth.
fn verdict(record: &Record) -> Result<ExitCode> {
    let status = match record.ending {
        Ending::Exited(status) => status,
        Ending::Crashed => bail!("QEMU crashed"),
        Ending::AskedForMore => bail!("the shell asked for more after its last command"),
        Ending::TimedOut => {
            let seconds = record.elapsed.as_secs();
            let last = record.lines.last().map_or("nothing at all", |line| line.text.as_str());
            bail!("the guest hangs: it was ended after {seconds} s in all; the last it said is: {last}");
        }
    };
    if let Some(line) = record.lines.iter().find(|line| judge::is_catastrophe(&line.text)) {
        bail!("the kernel broke down: {} (exit status {status})", line.text);
    }
    if !record.unsent.is_empty() {
        bail!("the kernel left with status {status} before these were typed: {}", record.unsent.join("; "));
    }
    Ok(exit_code(status))
}

fn exit_code(status: i32) -> ExitCode {
    u8::try_from(status).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_and_halt_is_added_once() {
        assert_eq!(split("cores;  raise a b ;"), ["cores", "raise a b", "halt"]);
        assert_eq!(split("cores; halt"), ["cores", "halt"]);
        assert_eq!(split("halt 3"), ["halt 3"]);
        assert_eq!(split(""), ["halt"]);
    }

    fn record(ending: Ending, text: &str, unsent: &[&str]) -> Record {
        Record {
            lines: vec![Line { text: text.to_owned(), is_echo: false }],
            errors: String::new(),
            unsent: unsent.iter().map(|&command| command.to_owned()).collect(),
            ending,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn the_status_is_the_guests_own() {
        let shown = |record: &Record| format!("{:?}", verdict(record).unwrap());
        assert_eq!(shown(&record(Ending::Exited(0), "fine", &[])), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(shown(&record(Ending::Exited(7), "fine", &[])), format!("{:?}", ExitCode::from(7)));
        assert_eq!(shown(&record(Ending::Exited(-1), "fine", &[])), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn a_good_status_does_not_hide_what_went_wrong() {
        assert!(verdict(&record(Ending::Exited(0), "kernel panic on core 2: x", &[])).is_err());
        assert!(verdict(&record(Ending::Exited(0), "fine", &["halt"])).is_err());
        assert!(verdict(&record(Ending::TimedOut, "fine", &[])).is_err());
        assert!(verdict(&record(Ending::AskedForMore, "fine", &[])).is_err());
        assert!(verdict(&record(Ending::Crashed, "fine", &[])).is_err());
    }
}

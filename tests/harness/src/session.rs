//! One run of QEMU from start to exit: reads the guest's lines, types the next command at each prompt, ends what hangs.
//!
//! Judges nothing: a [`Record`] says what was seen. Invariant: when [`run`] returns, the process is gone.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::terminal::Terminal;
use sending::Sending;

mod sending;

pub use sending::SEND;

/// The shell's prompt.
pub const PROMPT: &str = "spindle> ";

/// A command that begins so is not typed: the script goes on once the guest has said what follows.
pub const AWAIT: &str = "@await ";

/// How a run of QEMU came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By a signal that wasn't ours: QEMU crashed.
    Crashed,
    /// It said nothing that was waited for, and was killed.
    TimedOut,
    /// The shell asked for a command when none was left, and was killed.
    AskedForMore,
}

/// One line of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without line end and prompt.
    pub text: String,
    /// It is the echo of a command that was typed.
    pub is_echo: bool,
}

/// What was seen of a run.
#[derive(Debug, Clone)]
pub struct Record {
    /// All lines of the guest, in order; the last may not have been ended.
    pub lines: Vec<Line>,
    /// What QEMU itself wrote.
    pub errors: String,
    /// The commands that were never typed.
    pub unsent: Vec<String>,
    /// How it ended.
    pub ending: Ending,
    /// How long it took on the host.
    pub elapsed: Duration,
}

/// What to do with the guest.
#[derive(Debug, Clone)]
pub struct Script {
    /// Typed one per prompt, but for those that begin with [`AWAIT`] or [`SEND`].
    pub commands: Vec<String>,
    /// The longest time from the start or a command to the next prompt or the exit.
    pub patience: Duration,
}

/// Starts QEMU with its serial line on pipes, follows the script, and waits for the end. `watch` sees each line at once.
///
/// # Errors
/// When the process can't be started or waited for.
pub fn run(command: &mut Command, script: &Script, watch: &mut dyn FnMut(&Line)) -> io::Result<Record> {
    let start = Instant::now();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut guest = Guest::new(child)?;
    let mut dialogue = Dialogue::new(script, watch);
    let ending = dialogue.follow(&mut guest)?;
    let (lines, unsent) = dialogue.finish();
    let errors = guest.end();
    Ok(Record { lines, errors, unsent, ending, elapsed: start.elapsed() })
}

/// The process with its streams. Killed when dropped.
struct Guest {
    child: Child,
    output: Receiver<Vec<u8>>,
    errors: Option<JoinHandle<String>>,
}

impl Guest {
    fn new(mut child: Child) -> io::Result<Self> {
        let (Some(mut stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = stdout.read(&mut buffer) {
                let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
                if sender.send(bytes.to_vec()).is_err() {
                    break;
                }
            }
        });
        let errors = thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was read before a failure is still worth showing.
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Ok(Self { child, output, errors: Some(errors) })
    }

    /// A guest that is gone already has nothing to read, and its end is seen elsewhere.
    fn write(&mut self, bytes: &[u8]) {
        if let Some(stdin) = &mut self.child.stdin {
            let _ = stdin.write_all(bytes).and_then(|()| stdin.flush());
        }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn exit_before(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn end(&mut self) -> String {
        self.kill();
        self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What was said so far, and what is still to be said.
struct Dialogue<'a> {
    terminal: Terminal,
    lines: Vec<Line>,
    unsent: VecDeque<String>,
    /// The command that was typed and whose echo hasn't come back as a whole line.
    echo: Option<String>,
    /// A line was ended since the last command, so that a prompt is a new one.
    is_past_echo: bool,
    /// A prompt was shown since the last command, and something was said behind it.
    was_asked: bool,
    /// The line that isn't ended yet begins with the prompt at which the last command was typed.
    is_answered: bool,
    /// How many lines were looked at for what is awaited.
    searched: usize,
    patience: Duration,
    watch: &'a mut dyn FnMut(&Line),
}

impl<'a> Dialogue<'a> {
    fn new(script: &Script, watch: &'a mut dyn FnMut(&Line)) -> Self {
        Self {
            terminal: Terminal::default(),
            lines: Vec::new(),
            unsent: script.commands.iter().cloned().collect(),
            echo: None,
            is_past_echo: true,
            was_asked: false,
            is_answered: false,
            searched: 0,
            patience: script.patience,
            watch,
        }
    }

    fn follow(&mut self, guest: &mut Guest) -> io::Result<Ending> {
        // Without commands there is no shell to be seen, and a line that looks like its prompt is the guest's own.
        let is_typed_to = !self.unsent.is_empty();
        let mut deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match guest.output.recv_timeout(left) {
                Ok(bytes) => self.read(guest, &bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(Ending::TimedOut),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = guest.exit_before(deadline)?;
                    return Ok(status.map_or(Ending::TimedOut, |status| {
                        status.code().map_or(Ending::Crashed, Ending::Exited)
                    }));
                }
            }
            self.hear();
            let is_asked = self.is_past_echo && (self.was_asked || self.terminal.is_at(PROMPT));
            if is_typed_to && is_asked && !self.is_awaiting() {
                let Some(command) = self.unsent.pop_front() else { return Ok(Ending::AskedForMore) };
                self.type_or_send(guest, command);
                deadline = Instant::now() + self.patience;
            }
        }
    }

    fn type_or_send(&mut self, guest: &mut Guest, command: String) {
        self.is_past_echo = false;
        self.was_asked = false;
        self.is_answered = self.terminal.line().starts_with(PROMPT);
        let Some(sending) = Sending::parse(&command) else {
            guest.write(format!("{command}\r").as_bytes());
            self.echo = Some(command);
            return;
        };
        self.echo = Some(sending.echo());
        let text = sending.carry_out(guest, self);
        let line = Line { text, is_echo: false };
        (self.watch)(&line);
        self.lines.push(line);
    }

    fn is_awaiting(&self) -> bool {
        self.unsent.front().is_some_and(|command| command.starts_with(AWAIT))
    }

    /// Takes what is awaited off the script when the guest has said it. It says so before the prompt or behind it.
    fn hear(&mut self) {
        while let Some(text) = self.unsent.front().and_then(|command| command.strip_prefix(AWAIT)) {
            // Each line once: an hour has more than can be looked at each time.
            let new = self.lines.get(self.searched..).unwrap_or_default();
            let is_heard = new.iter().any(|line| !line.is_echo && line.text.contains(text));
            self.searched = if is_heard { 0 } else { self.lines.len() };
            if !is_heard {
                return;
            }
            self.unsent.pop_front();
        }
    }

    fn read(&mut self, guest: &mut Guest, bytes: &[u8]) {
        self.terminal.feed(bytes);
        let replies = self.terminal.take_replies();
        if !replies.is_empty() {
            guest.write(&replies);
        }
        for text in self.terminal.take_lines() {
            self.keep(text);
        }
    }

    fn keep(&mut self, text: String) {
        self.is_past_echo = true;
        let has_prompt = text.starts_with(PROMPT);
        let text = text.strip_prefix(PROMPT).map(str::to_owned).unwrap_or(text);
        let is_echo = self.echo.as_deref().is_some_and(|command| command.trim_end() == text);
        let is_answered = std::mem::take(&mut self.is_answered);
        self.was_asked |= has_prompt && !is_echo && !is_answered;
        if is_echo {
            self.echo = None;
        }
        let line = Line { text, is_echo };
        (self.watch)(&line);
        self.lines.push(line);
    }

    fn finish(mut self) -> (Vec<Line>, Vec<String>) {
        let rest = self.terminal.line();
        if !rest.is_empty() && rest != PROMPT {
            self.keep(rest);
        }
        (self.lines, self.unsent.into())
    }
}

#[cfg(test)]
mod tests;

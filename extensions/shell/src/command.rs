//! Command: what a line says.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::iter::Peekable;

use spindle_domain::{QuotaError, Quotas};
use spindle_event::CoreId;
use spindle_strand::Priority;

/// Something the shell can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Cores,
    Domains,
    Domain { name: String },
    Events,
    Event { name: String },
    Trace { name: String },
    SetTrace { name: String, is_on: bool },
    Load { names: String, terms: Terms },
    Receive { terms: Terms },
    Unload { name: String, with_users: bool },
    Replace { old: String, new: String },
    Raise { name: String, text: String },
    Names { path: String },
    Strands,
    Strand { number: u64 },
    SetStrand { number: u64, deed: Deed },
    Schedulers,
    Appoint { name: String, core: Option<CoreId> },
    Top,
    Memory,
    Uptime,
    Log,
    Halt,
}

/// What is done with a strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    End,
    Block,
    Unblock,
    Priority(Priority),
}

/// What is loaded under these may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The domains it may be linked to, if not the usual one.
    pub(crate) with: Option<String>,
    pub(crate) quotas: Quotas,
}

/// What `help` prints: how each command is written, and what it does.
pub(crate) const HELP: [(&str, &str); 21] = [
    ("help", "this list"),
    ("cores", "the cores and what they have done"),
    ("domains", "the extensions that are loaded"),
    ("domain NAME", "what an extension has and may have, of all that there are quotas of"),
    ("events", "the events and who handles them"),
    ("event NAME", "the handlers of an event: order, terms, and what they have taken"),
    ("trace NAME [on|off]", "the last runs of an event's handlers; `on` begins to note them, `off` ends it"),
    (
        "load NAME[,NAME...] [with DOMAIN[,DOMAIN...]] [QUOTA...]",
        "load extensions of the boot archive, linked to each other and to these domains; to SpinPublic if none is given; \
         each may have so much: heap=256K frames=64 bindings=50 slots=16 share=20% \
         strands=5",
    ),
    (
        "receive [with DOMAIN[,DOMAIN...]] [QUOTA...]",
        "load an extension that is sent over this line, as `./x load FILE` does, under the same terms",
    ),
    (
        "unload NAME [--with-users]",
        "unload an extension, and those that are linked to it, and wait until they are gone",
    ),
    (
        "replace OLD NEW",
        "have an extension of the boot archive take the place of one that runs, and wait until that is gone",
    ),
    ("raise NAME [TEXT]", "raise the event that is open by that name"),
    ("names [PATH]", "the names below PATH, whose they are and what they stand for; all if not given"),
    ("strands", "the strands, whose they are and what they do"),
    (
        "strand NUMBER [end|block|unblock|priority 0..31]",
        "what there is to say of a strand; or have it end, wait, go on, or be more or less urgent",
    ),
    (
        "scheduler [NAME [CORE]]",
        "the schedulers, and whose each core is; or have one decide who runs on a core, on all if none is given",
    ),
    ("top", "what each strand has had of the cores since the last `top`, most first"),
    ("mem", "what memory is used for"),
    ("uptime", "time since the kernel was entered"),
    ("log", "the kernel's log"),
    ("halt", "halt the machine; the status is 1 if a command has failed, else 0"),
];

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// No command begins with this word.
    Unknown { word: String },
    /// The command needs something more.
    Missing { command: &'static str, what: &'static str },
    /// The command has no use for this word.
    Unexpected { command: &'static str, word: String },
    /// This is no number.
    NoNumber { command: &'static str, word: String },
    /// This says no quota.
    Quota(QuotaError<String>),
    /// This quote is not closed.
    OpenQuote { quote: char, rest: String },
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { word } => write!(f, "unknown command `{word}`; `help` lists what there is"),
            Self::Missing { command, what } => write!(f, "`{command}` needs {what}"),
            Self::Unexpected { command, word } => write!(f, "`{command}` has no use for `{word}`"),
            Self::NoNumber { command, word } => {
                write!(f, "`{command}` takes a number, which `{word}` is not")
            }
            Self::Quota(error) => error.fmt(f),
            Self::OpenQuote { quote, rest } => write!(f, "the quote {quote}{rest} is not closed"),
        }
    }
}

impl core::error::Error for ParseError {}

/// Reads a line; a blank one says nothing.
pub(crate) fn parse(line: &str) -> Result<Option<Command>, ParseError> {
    let mut words = words(line)?.into_iter().peekable();
    let Some(first) = words.next() else { return Ok(None) };
    let command = match first.as_str() {
        "help" => end("help", words, Command::Help),
        "cores" => end("cores", words, Command::Cores),
        "domains" => end("domains", words, Command::Domains),
        "domain" => {
            let name = next("domain", "the name of a domain", &mut words)?;
            end("domain", words, Command::Domain { name })
        }
        "events" => end("events", words, Command::Events),
        "event" => {
            let name = next("event", "the name of an event", &mut words)?;
            end("event", words, Command::Event { name })
        }
        "trace" => trace(words),
        "strands" => end("strands", words, Command::Strands),
        "strand" => strand(words),
        "scheduler" => scheduler(words),
        "top" => end("top", words, Command::Top),
        "mem" => end("mem", words, Command::Memory),
        "uptime" => end("uptime", words, Command::Uptime),
        "log" => end("log", words, Command::Log),
        "halt" => end("halt", words, Command::Halt),
        "load" => {
            let names = next("load", "the name of an extension", &mut words)?;
            let terms = terms("load", "load NAME with", &mut words)?;
            end("load", words, Command::Load { names, terms })
        }
        "receive" => {
            let terms = terms("receive", "receive with", &mut words)?;
            end("receive", words, Command::Receive { terms })
        }
        "unload" => {
            let name = next("unload", "the name of a domain", &mut words)?;
            let with_users = words.next_if(|word| word == "--with-users").is_some();
            end("unload", words, Command::Unload { name, with_users })
        }
        "replace" => {
            let old = next("replace", "the name of a domain", &mut words)?;
            let new = next("replace OLD", "the name of an extension", &mut words)?;
            end("replace", words, Command::Replace { old, new })
        }
        "raise" => {
            let name = next("raise", "the name of an event", &mut words)?;
            Ok(Command::Raise { name, text: words.collect::<Vec<_>>().join(" ") })
        }
        "names" => {
            let path = words.next().unwrap_or_else(|| "/".into());
            end("names", words, Command::Names { path })
        }
        _ => return Err(ParseError::Unknown { word: first }),
    };
    command.map(Some)
}

/// `with DOMAIN[,DOMAIN...]`, or nothing, and quotas; `asked` is the command so far.
fn terms(
    command: &'static str,
    asked: &'static str,
    words: &mut Peekable<impl Iterator<Item = String>>,
) -> Result<Terms, ParseError> {
    let is_quota = |word: &String| Quotas::is_one(word);
    let with = match words.next_if(|word| !is_quota(word)) {
        None => None,
        Some(with) if with == "with" => Some(next(asked, "the name of a domain", words)?),
        Some(word) => return Err(ParseError::Unexpected { command, word }),
    };
    let mut quotas = Quotas::default();
    while let Some(word) = words.next_if(is_quota) {
        quotas.take(&word).map_err(|error| ParseError::Quota(error.map(String::from)))?;
    }
    Ok(Terms { with, quotas })
}

fn trace(mut words: impl Iterator<Item = String>) -> Result<Command, ParseError> {
    let name = next("trace", "the name of an event", &mut words)?;
    let command = match words.next() {
        None => Command::Trace { name },
        Some(switch) => match switch.as_str() {
            "on" => Command::SetTrace { name, is_on: true },
            "off" => Command::SetTrace { name, is_on: false },
            _ => return Err(ParseError::Unexpected { command: "trace", word: switch }),
        },
    };
    end("trace", words, command)
}

fn strand(mut words: impl Iterator<Item = String>) -> Result<Command, ParseError> {
    let no_number = |word: String| ParseError::NoNumber { command: "strand", word };
    let word = next("strand", "the number of a strand", &mut words)?;
    let number = word.parse().map_err(|_| no_number(word))?;
    let Some(deed) = words.next() else { return Ok(Command::Strand { number }) };
    let deed = match deed.as_str() {
        "end" => Deed::End,
        "block" => Deed::Block,
        "unblock" => Deed::Unblock,
        "priority" => {
            let word = next("strand NUMBER priority", "a priority", &mut words)?;
            let priority = word.parse().ok().and_then(Priority::new);
            Deed::Priority(priority.ok_or_else(|| no_number(word))?)
        }
        _ => return Err(ParseError::Unexpected { command: "strand", word: deed }),
    };
    end("strand", words, Command::SetStrand { number, deed })
}

fn scheduler(mut words: impl Iterator<Item = String>) -> Result<Command, ParseError> {
    let Some(name) = words.next() else { return Ok(Command::Schedulers) };
    let core = match words.next() {
        None => None,
        Some(word) => {
            let core = word.parse().ok().and_then(CoreId::new);
            Some(core.ok_or(ParseError::NoNumber { command: "scheduler", word })?)
        }
    };
    end("scheduler", words, Command::Appoint { name, core })
}

fn next(
    command: &'static str,
    what: &'static str,
    words: &mut impl Iterator<Item = String>,
) -> Result<String, ParseError> {
    words.next().ok_or(ParseError::Missing { command, what })
}

fn end(
    command: &'static str,
    mut words: impl Iterator<Item = String>,
    done: Command,
) -> Result<Command, ParseError> {
    words.next().map_or(Ok(done), |word| Err(ParseError::Unexpected { command, word }))
}

/// The words of a line. Between two quotes of a kind, `'` or `"`, everything is of one word.
fn words(line: &str) -> Result<Vec<String>, ParseError> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let mut word = String::new();
        while let Some(letter) = rest.chars().next().filter(|letter| !letter.is_whitespace()) {
            rest = &rest[letter.len_utf8()..];
            if letter == '"' || letter == '\'' {
                let open = || ParseError::OpenQuote { quote: letter, rest: rest.into() };
                let (quoted, behind) = rest.split_once(letter).ok_or_else(open)?;
                word.push_str(quoted);
                rest = behind;
            } else {
                word.push(letter);
            }
        }
        words.push(word);
        rest = rest.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests;

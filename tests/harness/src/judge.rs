//! What a record of a run amounts to.
//!
//! A run passes only if everything that was announced came about: each planned test reported once and none failed, no panic
//! and no fault, the exit status is the right one, nothing was left untyped or unsaid. Whatever else happened has a name
//! of its own, and the most telling one is given: a panic that also made tests go missing is a panic.

use std::fmt;

use spindle_protocol::{FAULT, Marker, PANIC, STATUS_PASSED};

use crate::session::{Ending, Line, Record};

/// What a run has to show.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// It is a test kernel, which announces its tests and reports each.
    pub is_suite: bool,
    /// The exit status.
    pub status: i32,
    /// It is to end in a panic.
    pub panics: bool,
    /// It is to end in a fault.
    pub faults: bool,
    /// Some line contains each of these.
    pub contains: Vec<String>,
    /// No line contains any of these.
    pub absent: Vec<String>,
    /// Lines contain these one after the other.
    pub ordered: Vec<String>,
    /// Of the lines that begin with each of these words there are several, and their figures do not grow to the end.
    pub settled: Vec<String>,
    /// The lines that contain one of these are shown when it has passed, too: figures that nobody judges.
    pub tells: Vec<String>,
}

impl Expectation {
    /// A test kernel that runs to its end with all tests passed.
    pub fn suite() -> Self {
        Self { is_suite: true, status: i32::try_from(STATUS_PASSED).unwrap_or(i32::MAX), ..Self::default() }
    }

    /// A shell that is left with this status.
    pub fn shell(status: i32) -> Self {
        Self { status, ..Self::default() }
    }

    /// And some line contains this.
    #[must_use]
    pub fn contains(mut self, text: impl Into<String>) -> Self {
        self.contains.push(text.into());
        self
    }

    /// And no line contains this.
    #[must_use]
    pub fn absent(mut self, text: impl Into<String>) -> Self {
        self.absent.push(text.into());
        self
    }

    /// And a line behind the last one given here contains this.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.ordered.push(text.into());
        self
    }

    /// And the lines that contain this are shown, also when it has passed.
    #[must_use]
    pub fn tells(mut self, text: impl Into<String>) -> Self {
        self.tells.push(text.into());
        self
    }

    /// And the figures of the lines that begin with this word have come to rest: at the end they do not grow, but for one that was taken in the
    /// middle of something.
    #[must_use]
    pub fn settled(mut self, word: impl Into<String>) -> Self {
        self.settled.push(word.into());
        self
    }
}

/// What a run that didn't pass was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The kernel panicked.
    Panic {
        /// What it said.
        line: String,
        /// The test that was running.
        during: Option<String>,
    },
    /// The kernel met an exception that it could blame on nobody.
    Fault {
        /// What it said.
        line: String,
        /// The test that was running.
        during: Option<String>,
    },
    /// Tests failed: name and reason of each.
    Failed(Vec<(String, String)>),
    /// A marker line is damaged.
    Malformed(String),
    /// Nothing more came, and QEMU was killed.
    Hang {
        /// The test that was running.
        during: Option<String>,
        /// The last line that was seen.
        last: String,
    },
    /// The shell asked for a further command when it should have left.
    StillThere,
    /// QEMU itself crashed.
    QemuCrashed,
    /// QEMU ended before all was done.
    EarlyExit {
        /// What was still to come.
        missing: String,
        /// The status it ended with.
        status: i32,
    },
    /// Not as many tests reported as were announced, or one twice.
    Missing {
        /// So many were announced.
        planned: usize,
        /// So many different ones reported.
        reported: usize,
        /// These reported more than once.
        twice: Vec<String>,
    },
    /// All was well but for the exit status.
    WrongStatus {
        /// What it should have been.
        expected: i32,
        /// What it was.
        actual: i32,
    },
    /// There was output behind the end of all tests.
    OutputAfterDone(String),
    /// A panic or a fault was due and didn't come.
    NoFailure(&'static str),
    /// No line contains this, or none behind those that have to come before.
    Lacks(String),
    /// A figure goes on growing, or was given less than twice.
    Unsettled {
        /// What the lines begin with.
        word: String,
        /// Those lines.
        lines: Vec<String>,
    },
    /// This line contains what none may.
    Forbidden {
        /// What may not be there.
        text: String,
        /// Where it is.
        line: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_test =
            |during: &Option<String>| during.as_ref().map_or(String::new(), |name| format!(" in {name}"));
        match self {
            Self::Panic { line, during } => write!(f, "panic{}: {line}", in_test(during)),
            Self::Fault { line, during } => write!(f, "fault{}: {line}", in_test(during)),
            Self::Failed(tests) => {
                write!(f, "{} failed:", tests.len())?;
                tests.iter().try_for_each(|(name, why)| write!(f, "\n  {name}: {why}"))
            }
            Self::Malformed(line) => write!(f, "damaged marker: {line}"),
            Self::Hang { during, last } => write!(f, "hang{}: nothing came behind `{last}`", in_test(during)),
            Self::StillThere => f.write_str("the shell asked for more when it should have left"),
            Self::QemuCrashed => f.write_str("QEMU crashed"),
            Self::EarlyExit { missing, status } => {
                write!(f, "early exit with status {status}: missing {missing}")
            }
            Self::Missing { planned, reported, twice } => {
                write!(f, "{planned} tests announced, {reported} reported; twice: {twice:?}")
            }
            Self::WrongStatus { expected, actual } => {
                write!(f, "wrong exit status: {actual}, not {expected}")
            }
            Self::OutputAfterDone(line) => write!(f, "output behind the end of all tests: {line}"),
            Self::NoFailure(kind) => write!(f, "a {kind} was due and didn't come"),
            Self::Lacks(text) => write!(f, "no line, or none in order, contains `{text}`"),
            Self::Unsettled { word, lines } => write!(f, "`{word}` doesn't settle: {lines:?}"),
            Self::Forbidden { text, line } => write!(f, "`{text}` may not be said: {line}"),
        }
    }
}

impl std::error::Error for Failure {}

/// Holds the record against the expectation.
///
/// # Errors
/// The most telling thing that is wrong.
pub fn judge(record: &Record, expected: &Expectation) -> Result<(), Failure> {
    let report = Report::read(&record.lines)?;
    check_catastrophe(record, expected, &report)?;
    if !report.failed.is_empty() {
        return Err(Failure::Failed(report.failed));
    }
    let status = check_ending(record, &report)?;
    if expected.is_suite && !expected.panics && !expected.faults {
        report.check_complete(status)?;
    }
    if !record.unsent.is_empty() {
        return Err(Failure::EarlyExit { missing: format!("{:?}", record.unsent), status });
    }
    if status != expected.status {
        return Err(Failure::WrongStatus { expected: expected.status, actual: status });
    }
    if let Some(line) = report.after_done {
        return Err(Failure::OutputAfterDone(line));
    }
    check_words(&record.lines, expected)
}

/// Whether this line is the kernel's report of a panic or a fault.
pub fn is_catastrophe(line: &str) -> bool {
    line.starts_with(PANIC) || line.starts_with(FAULT)
}

/// The markers of a transcript, added up.
#[derive(Default)]
struct Report {
    planned: Option<usize>,
    reported: Vec<String>,
    twice: Vec<String>,
    failed: Vec<(String, String)>,
    running: Option<String>,
    is_done: bool,
    after_done: Option<String>,
    panic: Option<(String, Option<String>)>,
    fault: Option<(String, Option<String>)>,
}

impl Report {
    fn read(lines: &[Line]) -> Result<Self, Failure> {
        let mut report = Self::default();
        let mut damaged = None;
        for line in lines.iter().filter(|line| !line.is_echo) {
            report.add(&line.text, &mut damaged);
        }
        match damaged {
            // A panic in the midst of a marker line damages it; the panic is the news.
            Some(line) if report.panic.is_none() && report.fault.is_none() => Err(Failure::Malformed(line)),
            _ => Ok(report),
        }
    }

    fn add(&mut self, text: &str, damaged: &mut Option<String>) {
        if text.starts_with(PANIC) && self.panic.is_none() {
            self.panic = Some((text.to_owned(), self.running.clone()));
        } else if text.starts_with(FAULT) && self.fault.is_none() {
            self.fault = Some((text.to_owned(), self.running.clone()));
        }
        if self.is_done && !text.is_empty() && self.after_done.is_none() {
            self.after_done = Some(text.to_owned());
        }
        match Marker::parse(text) {
            None => {}
            Some(Ok(marker)) => self.add_marker(marker, text, damaged),
            Some(Err(_)) => *damaged = Some(text.to_owned()),
        }
    }

    fn add_marker(&mut self, marker: Marker<'_>, text: &str, damaged: &mut Option<String>) {
        match marker {
            Marker::Plan(_) if self.planned.is_some() => *damaged = Some(text.to_owned()),
            Marker::Plan(count) => self.planned = Some(count),
            Marker::Start(name) => self.running = Some(name.to_owned()),
            Marker::Pass(name) | Marker::Skip(name, _) => self.add_result(name),
            Marker::Fail(name, why) => {
                self.add_result(name);
                self.failed.push((name.to_owned(), why.to_owned()));
            }
            Marker::Done => self.is_done = true,
        }
    }

    fn add_result(&mut self, name: &str) {
        self.running = None;
        if self.reported.iter().any(|known| known == name) {
            self.twice.push(name.to_owned());
        } else {
            self.reported.push(name.to_owned());
        }
    }

    /// Whether all that was announced was reported, of a run that ended by itself.
    fn check_complete(&self, status: i32) -> Result<(), Failure> {
        let reported = self.reported.len();
        let Some(planned) = self.planned else {
            return Err(Failure::EarlyExit { missing: "the plan".to_owned(), status });
        };
        if !self.is_done {
            let missing = format!("the end of the tests, {reported} of {planned} reported");
            return Err(Failure::EarlyExit { missing, status });
        }
        if reported != planned || !self.twice.is_empty() || planned == 0 {
            return Err(Failure::Missing { planned, reported, twice: self.twice.clone() });
        }
        Ok(())
    }
}

/// Panics and faults: none, unless one is due.
fn check_catastrophe(record: &Record, expected: &Expectation, report: &Report) -> Result<(), Failure> {
    match &report.panic {
        Some((line, during)) if !expected.panics => {
            return Err(Failure::Panic { line: line.clone(), during: during.clone() });
        }
        None if expected.panics && record.ending != Ending::TimedOut => {
            return Err(Failure::NoFailure("panic"));
        }
        _ => {}
    }
    match &report.fault {
        Some((line, during)) if !expected.faults => {
            Err(Failure::Fault { line: line.clone(), during: during.clone() })
        }
        None if expected.faults && record.ending != Ending::TimedOut => Err(Failure::NoFailure("fault")),
        _ => Ok(()),
    }
}

/// The status of a run that ended by itself.
fn check_ending(record: &Record, report: &Report) -> Result<i32, Failure> {
    match record.ending {
        Ending::Exited(status) => Ok(status),
        Ending::Crashed => Err(Failure::QemuCrashed),
        Ending::AskedForMore => Err(Failure::StillThere),
        Ending::TimedOut => {
            let last = record.lines.last().map_or(String::new(), |line| line.text.clone());
            Err(Failure::Hang { during: report.running.clone(), last })
        }
    }
}

fn check_words(lines: &[Line], expected: &Expectation) -> Result<(), Failure> {
    let texts = || lines.iter().filter(|line| !line.is_echo).map(|line| line.text.as_str());
    for text in &expected.contains {
        if !texts().any(|line| line.contains(text)) {
            return Err(Failure::Lacks(text.clone()));
        }
    }
    for text in &expected.absent {
        if let Some(line) = texts().find(|line| line.contains(text)) {
            return Err(Failure::Forbidden { text: text.clone(), line: line.to_owned() });
        }
    }
    let mut rest = texts();
    for text in &expected.ordered {
        if !rest.any(|line| line.contains(text)) {
            return Err(Failure::Lacks(text.clone()));
        }
    }
    for word in &expected.settled {
        let lines: Vec<&str> = texts().filter(|line| line.trim_start().starts_with(word)).collect();
        if !have_settled(&lines) {
            let lines = lines.into_iter().map(str::to_owned).collect();
            return Err(Failure::Unsettled { word: word.clone(), lines });
        }
    }
    Ok(())
}

/// Whether the figures at the ends of the lines have come to rest: the last is no larger than the one before, since what shrinks is no
/// leak; or the one before was no larger than what had been already, and the last was taken in the middle of something.
fn have_settled(lines: &[&str]) -> bool {
    let figure = |line: &&str| line.split_whitespace().last().and_then(|word| word.parse::<u64>().ok());
    let Some(figures) = lines.iter().map(figure).collect::<Option<Vec<u64>>>() else {
        return matches!(lines, [.., before, last] if before == last);
    };
    match figures.as_slice() {
        [.., before, last] if last <= before => true,
        [earlier @ .., before, _] => earlier.iter().any(|figure| before <= figure),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
